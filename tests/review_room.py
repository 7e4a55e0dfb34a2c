"""A service with people in it, and a document that is translated into French: what reviews are tried on."""

from __future__ import annotations

from dataclasses import dataclass

from langsupport.domain.tasks import Orders, TaskKind
from langsupport.domain.units import CodedText
from langsupport.services.account_records import Caller, Person
from langsupport.services.assembly import Services
from langsupport.services.records import DocumentRecord
from langsupport.services.review_records import ReviewRecord, Saved, SegmentRecord, TaskRecord

TEXT = (
    "The Committee met in Geneva.\n\nThe Committee adopted 12 resolutions.\n\nThe meeting was closed.\n\n"
    "The Committee met in Geneva.\n\nThe Chair thanked the delegates.\n"
)
FRENCH = {
    1: "Le Comité s’est réuni à Genève.",
    2: "Le Comité a adopté 12 résolutions.",
    3: "La réunion a été levée.",
    5: "La présidence a remercié les délégations.",
}


@dataclass
class Room:
    """A service with people in it, and a document that is translated into French."""

    services: Services
    document: DocumentRecord
    people: dict[str, Caller]

    def send(self, **orders: object) -> ReviewRecord:
        made = Orders(**orders)  # type: ignore[arg-type]
        return self.services.review_opening.send(self.document.id, "fr", made, self.people["carol"])

    def task(self, review: ReviewRecord, kind: TaskKind = TaskKind.POST_EDIT, index: int = 0) -> TaskRecord:
        found = self.services.reviews.get(review.id).tasks
        return [task for task in found if task.kind is kind][index]

    def claim(self, who: str, review: ReviewRecord, kind: TaskKind = TaskKind.POST_EDIT) -> TaskRecord:
        return self.services.tasks.claim(self.task(review, kind).id, self.people[who])

    def segment(self, review: ReviewRecord, number: int, who: str = "tom") -> SegmentRecord:
        return self.services.reviews.segment(review.id, number, self.people[who])

    def confirm(self, who: str, review: ReviewRecord, number: int, text: str, **more: object) -> Saved:
        version = more.pop("version", None) or self.segment(review, number).version
        call = self.services.reviews.confirm
        return call(review.id, number, self.people[who], CodedText(text), version, **more)  # type: ignore[arg-type]

    def translate_all(self, who: str, review: ReviewRecord) -> None:
        for number, text in FRENCH.items():
            self.confirm(who, review, number, text)


def caller(person: Person) -> Caller:
    return Caller(person.name, person.permissions, person)
