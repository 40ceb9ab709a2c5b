"""Does what a data subject asks for, and writes down that it was asked and done."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal

from smvm_common.clock import Clock, rfc3339
from smvm_common.errors import ConflictError, NotFoundError
from smvm_common.identifiers import RunKey
from smvm_common.privacy.holds import LegalHolds
from smvm_common.privacy.shredding import shred
from smvm_common.privacy.subjects import SubjectIndex
from smvm_common.pseudonyms import pseudonym_of
from smvm_common.run import privacy_transitions
from smvm_common.run.record import DocumentInfo, JsonObject, Run
from smvm_common.run.repository import RunRepository
from smvm_common.t0 import mask_and_check

Kind = Literal["export", "rectify", "erase", "restrict", "lift", "consent"]
_IDEA = "idea.input.json"


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, for whom: ``subject`` as the person is known (an e-mail address), which is kept
    nowhere; ``actor`` and ``origin`` go into the audit trail."""

    tenant: str
    subject: str
    actor: str
    origin: JsonObject | None = None
    reason: str = ""


class PrivacyDesk:
    """Raises ``NotFoundError`` for a subject of whom nothing is known, but for consent."""

    def __init__(self, repository: RunRepository, pseudonym_key: str, clock: Clock) -> None:
        self._repository = repository
        self._store = repository.store
        self._pseudonym_key = pseudonym_key
        self._clock = clock
        self.subjects = SubjectIndex(repository.store)
        self.holds = LegalHolds(repository.store)

    def export(self, request: Request) -> dict[str, Any]:
        """All that is kept of the subject (Art. 15 and 20), as plain JSON."""
        runs = self._runs(request)
        self._note("export", request, runs)
        pseudonym = self._pseudonym(request)
        return {
            "subject": pseudonym,
            "exported_at": rfc3339(self._clock.now()),
            "runs": [self._exported(run) for run in runs],
            "consents": list(self._kept(f"privacy/consents/{request.tenant}/{pseudonym}/")),
            "requests": list(self._kept(f"privacy/requests/{request.tenant}/{pseudonym}/")),
        }

    def erase(self, request: Request) -> list[str]:
        """Erase what the subject's runs say (Art. 17); the validation ids. The records stay, with the
        audit trail and without the text. ``ConflictError`` where one of them is held; then none is
        erased."""
        runs = self._runs(request)
        for run in runs:
            self.holds.refuse_if_held(run.key)
        self._note("erase", request, runs)
        for run in runs:
            self._erase(run, request)
        return [run.key.validation_id for run in runs]

    def rectify(self, request: Request, validation_id: str, corrections: Mapping[str, Any]) -> Run:
        """Correct parts of an idea (Art. 16); the next analysis reads the corrected one."""
        run = next((r for r in self._runs(request) if r.key.validation_id == validation_id), None)
        if run is None:
            raise NotFoundError("the subject has no such run")
        if _IDEA not in run.documents:
            raise ConflictError("the idea was erased")
        privacy_transitions.require_rest(run)
        self._note("rectify", request, [run])
        document = json.loads(self._store.get(run.key.document(_IDEA)).body)
        idea = dict(document["idea"])
        submitter = idea.pop("submitter", None)
        masked, t0 = mask_and_check({**idea, **corrections})
        if submitter is not None:
            masked["submitter"] = submitter
        body = json.dumps({**document, "idea": masked, "checks": t0}, ensure_ascii=False).encode()
        info = DocumentInfo(hashlib.sha256(body).hexdigest(), len(body), "application/json")
        change = partial(
            privacy_transitions.rectify,
            document=info,
            t0=t0,
            fields=tuple(corrections),
            actor=request.actor,
        )
        rectified = self._repository.update(run.key, change, origin=request.origin).after
        # afterwards: the change is refused where an analysis began meanwhile, which reads the idea
        self._store.put(run.key.document(_IDEA), body)
        return rectified

    def restrict(self, request: Request, *, restricted: bool) -> list[str]:
        """Stop or resume processing without deleting (Art. 18); the validation ids."""
        runs = self._runs(request)
        self._note("restrict" if restricted else "lift", request, runs)
        change = partial(
            privacy_transitions.restrict,
            restricted=restricted,
            actor=request.actor,
            reason=request.reason or None,
        )
        for run in runs:
            self._repository.update(run.key, change, origin=request.origin)
        return [run.key.validation_id for run in runs]

    def record_consent(self, request: Request, purpose: str, *, given: bool) -> dict[str, Any]:
        """Write down that consent was given or withdrawn (Art. 7); nothing is overwritten."""
        now = self._clock.now()
        consent = {
            "purpose": purpose,
            "given": given,
            "recorded_at": rfc3339(now),
            "recorded_by": request.actor,
        }
        folder = f"privacy/consents/{request.tenant}/{self._pseudonym(request)}"
        self._store.create(f"{folder}/{_stamped(now)}.json", json.dumps(consent).encode())
        self._note("consent", request, [])
        return consent

    def _pseudonym(self, request: Request) -> str:
        return pseudonym_of(self._pseudonym_key, request.subject)

    def _runs(self, request: Request) -> list[Run]:
        keys = self.subjects.runs(request.tenant, self._pseudonym(request))
        runs = [run for key in keys if (run := self._load(key)) is not None]
        if not runs:
            raise NotFoundError("nothing is known of this subject")
        return runs

    def _load(self, key: RunKey) -> Run | None:
        try:
            return self._repository.load(key)
        except NotFoundError:  # claimed by a POST that died half-way
            return None

    def _exported(self, run: Run) -> dict[str, Any]:
        evidence = [run.key.evidence(reference.sha256) for reference in run.evidence]
        idea = [run.key.document(_IDEA)] if _IDEA in run.documents else []
        return {
            "validation_id": run.key.validation_id,
            "project_id": run.key.project_id,
            "accepted_at": rfc3339(run.accepted_at),
            "status": run.status.value,
            "restricted": run.restricted,
            "idea": next(iter(self._read(idea)), None),
            "evidence": list(self._read(evidence)),
            "gate": run.gate,
            "decision": run.decision,
            "final": run.final,
            "documents": sorted(run.documents),
            "events": [
                {"occurred_at": rfc3339(e.occurred_at), "name": e.name, "actor": e.actor}
                for e in run.events
            ],
        }

    def _read(self, names: list[str]) -> Iterator[Any]:
        for name in names:
            try:
                yield json.loads(self._store.get(name).body)
            except NotFoundError:  # erased, or its time was over
                continue

    def _erase(self, run: Run, request: Request) -> None:
        at = rfc3339(self._clock.now())
        shred(self._store, run.key, at)
        erase: Callable[[Run, datetime], Run] = partial(
            privacy_transitions.erase, actor=request.actor, reason=request.reason or None
        )
        self._repository.update(run.key, erase, origin=request.origin)
        # once more: a stage may have been writing while the record did not say so yet
        shred(self._store, run.key, at)

    def _note(self, kind: Kind, request: Request, runs: list[Run]) -> None:
        """Before it is done: a request that dies half-way is on record, and can be made again."""
        now = self._clock.now()
        pseudonym = self._pseudonym(request)
        kept = replace(request, subject=pseudonym)
        entry = {
            "kind": kind,
            "requested_at": rfc3339(now),
            "runs": [run.key.validation_id for run in runs],
            **asdict(kept),
        }
        name = f"privacy/requests/{request.tenant}/{pseudonym}/{_stamped(now)}.json"
        self._store.create(name, json.dumps(entry, ensure_ascii=False).encode())

    def _kept(self, folder: str) -> Iterator[Any]:
        return (json.loads(self._store.get(name).body) for name in self._store.list(folder))


def _stamped(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
