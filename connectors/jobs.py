"""The kinds of work of this package."""

from __future__ import annotations

from datetime import timedelta

from connectors import codes, delivering, polling, receiving, same_person_jobs, sweeping
from runtime.jobs import handles

handles("connectors.parse", otherwise=receiving.give_up_unpacking)(receiving.unpack)
handles("connectors.receive", otherwise=receiving.give_up_receiving)(receiving.receive)
handles("connectors.deliver", otherwise=delivering.give_up)(delivering.deliver)
handles("connectors.resolve_unknown")(delivering.resolve_unknown)
handles("connectors.connect")(polling.connect)
handles("connectors.poll")(polling.poll)
handles("connectors.tend", every=timedelta(minutes=1))(polling.tend)
handles("connectors.sweep", every=timedelta(hours=1))(sweeping.sweep)
handles("connectors.send_code", attempts=3, otherwise=codes.give_up)(codes.send)
handles("connectors.merge_contacts")(same_person_jobs.merge_contacts)
handles("connectors.key_contacts")(same_person_jobs.key_contacts)
