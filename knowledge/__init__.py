"""What the company knows: sources, their passages, and what can be answered from them.

In, all as drafts: `ingest` (files, texts), `crawling` (web sites), `articles` (what people edit).
Let out: `proposals`, `releases`, with `cases`, `trials` and `findings` for the rehearsal.
Served: `retrieval` (passages for a question), `quoting` (an answer of the passages' own sentences),
`public` (the help centre). Missing: `gaps`. Kept whole: `index`, `upkeep`. Measured: `evaluation`.
"""
