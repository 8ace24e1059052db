"""An answer sent from the desk, and what stands for its visit afterwards."""

import uuid

from intake.capture.answer_form.readable_answers import current_answers


def record(client, visit, part=False, **fields):
    fields.setdefault("submission_id", str(uuid.uuid4()))
    headers = {"X-Part": "list"} if part else {}
    return client.post(f"/desk/visits/{visit.id}/answer", data=fields, headers=headers)


def current(visit):
    return current_answers([visit.id], language="en").get(visit.id)


def labels(given):
    return [source.label for source in given.sources]
