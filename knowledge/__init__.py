"""What the company knows: sources, their passages, and what can be answered from them.

Import the modules named here: `ingest` (files and texts in), `retrieval` (passages for a question),
`quoting` (an answer made of the passages' own sentences), `index` (rebuild and check),
`language` (detect), `embedding` (engines), `evaluation` (ranking without a database).
"""
