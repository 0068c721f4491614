"""What the state folder can be wrong about."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.action import ActionName
from zdpipe.model.catalogue.entry import Entry

_MEND = (ActionName.RESUME, ActionName.AGAIN, ActionName.CLOSE, ActionName.REPEAT)
_ANEW = (ActionName.AGAIN, ActionName.CLOSE)
_BACKUP = (ActionName.RESUME, ActionName.AGAIN, ActionName.REPEAT)

STATE: Mapping[str, Entry] = {
    "state": Entry(
        "The state folder cannot be read or written.",
        "Make room, or make the folder writable, as the message says.",
        _MEND,
    ),
    "locked": Entry(
        "Another process is writing to the same account.",
        "Wait until it has ended; its lock goes with it.",
        (ActionName.FREE_LOCK, *_MEND),
    ),
    "still_going": Entry(
        "The orchestration is still going, so it was not begun again.",
        "Wait until it has ended; should it take this long every time, let it run less often.",
        (ActionName.REPEAT,),
    ),
    "limits_file": Entry(
        "The file with the account's limits cannot be kept.",
        "Make room on its disk, and its folder writable.",
        _MEND,
    ),
    "workspace": Entry(
        "The disk or the memory was not enough to compare the rows with those known.",
        "Make room on the disk, or raise [limits] memory.",
        _MEND,
    ),
    "state_damaged": Entry(
        "A file of the state is damaged.",
        "Put it back from a backup, or move it away.",
        _MEND,
    ),
    "state_newer": Entry(
        "A newer zdpipe wrote the state.",
        "Upgrade zdpipe to that version.",
        _MEND,
    ),
    "state_too_new": Entry(
        "A newer zdpipe wrote the known users.",
        "Upgrade zdpipe to that version.",
        _MEND,
    ),
    "known_users_damaged": Entry(
        "The file of known users is damaged.",
        "Put it back from a backup, or move it away: the next run then sends everybody once.",
        _MEND,
    ),
    "known_users_log": Entry(
        "DuckDB left a log beside the known users.",
        "Nothing is lost: repeat the command.",
        _MEND,
    ),
    "staff": Entry(
        "The file with the account's agents and admins is damaged.",
        "Delete it; the next run asks the account anew.",
        _MEND,
    ),
    "outbox_damaged": Entry(
        "The file with what the run sends is damaged.",
        "Put it back from a backup, or run once more: that plans anew.",
        _BACKUP,
    ),
    "errands_damaged": Entry(
        "The file with what is done to customers who are gone is damaged.",
        "Put it back from a backup, or run once more: that plans anew.",
        _BACKUP,
    ),
    "files_gone": Entry(
        "The files of the run are gone.",
        "Run the query once more: everybody who did not arrive is sent.",
        (ActionName.AGAIN,),
    ),
    "run_files_gone": Entry(
        "The files of the run are gone, and with them what could be taken back.",
        "Put its folder back from a backup.",
        (ActionName.REPEAT,),
    ),
    "run_files_damaged": Entry(
        "A file of the run is damaged.",
        "Put it back from a backup, or remove the run's folder.",
        (ActionName.REPEAT,),
    ),
    "simulator_damaged": Entry(
        "The embedded simulator's account is damaged.",
        "Move its file away; the simulator then starts with an empty account.",
        _MEND,
    ),
    "batch_move": Entry(
        "A batch is not in the state it should be in, as if two processes had it.",
        "See that nobody else uses the state folder, go on, and report it.",
        _MEND,
    ),
    "stuck": Entry(
        "Batches are left that nothing can move, which is a bug of zdpipe.",
        "Report it; running once more plans anew.",
        _ANEW,
    ),
}
