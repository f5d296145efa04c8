"""The tables of the store, and the statements that write them."""

from app.contract.events import FINAL_STATES

_NOT_ENDED = "state NOT IN ({})".format(", ".join(f"'{state}'" for state in sorted(FINAL_STATES)))

#: what the store is called in the data folder
FILE = "runs.sqlite3"
SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, created REAL NOT NULL, state TEXT NOT NULL, reason TEXT, step INTEGER NOT NULL,
    config_hash TEXT NOT NULL, experiment TEXT NOT NULL, provenance TEXT NOT NULL, versions TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (created);
CREATE TABLE IF NOT EXISTS measurements (
    run TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (run, epoch, seq)
);
CREATE TABLE IF NOT EXISTS analyses (
    run TEXT NOT NULL, id TEXT NOT NULL, created REAL NOT NULL, data TEXT NOT NULL, PRIMARY KEY (run, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deleted (run TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS thinned (run TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owners (run TEXT PRIMARY KEY, server TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS kept AS SELECT * FROM runs WHERE id NOT IN (SELECT run FROM deleted);
"""
TABLES = ("owners", "deleted", "thinned", "runs", "measurements", "analyses")
SAVE_OWNER = "INSERT OR IGNORE INTO owners VALUES (?, ?)"
SAVE_RUN = (
    "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, "
    "reason = excluded.reason, step = excluded.step, provenance = excluded.provenance"
)
SAVE_MEASUREMENT = "INSERT OR REPLACE INTO measurements VALUES (?, ?, ?, ?, ?)"
#: runs that have not ended, and who trains them
UNFINISHED = f"SELECT id, server FROM runs LEFT JOIN owners ON run = id WHERE {_NOT_ENDED}"  # noqa: S608
SAVE_ANALYSIS = "INSERT OR REPLACE INTO analyses VALUES (?, ?, ?, ?)"
INTERRUPT = f"UPDATE runs SET state = 'interrupted', reason = 'the server ended' WHERE id = ? AND {_NOT_ENDED}"  # noqa: S608
MARK = "INSERT OR REPLACE INTO deleted VALUES (?, ?)"
UNMARK = "DELETE FROM deleted WHERE run = ?"
#: of ten measurements between evaluations one stays, and each evaluation keeps the one before it
THIN = (
    "DELETE FROM measurements WHERE run = ? AND kind = 'measured' AND seq % 10 != 0 AND NOT EXISTS (SELECT 1 FROM "
    "measurements AS after WHERE after.run = measurements.run AND after.epoch = measurements.epoch "
    "AND after.seq = measurements.seq + 1 AND after.kind = 'evaluated')"
)
MARK_THINNED = "INSERT OR REPLACE INTO thinned VALUES (?)"
#: what removes a run for good
REMOVE = (
    "DELETE FROM measurements WHERE run = ?",
    "DELETE FROM analyses WHERE run = ?",
    "DELETE FROM thinned WHERE run = ?",
    "DELETE FROM owners WHERE run = ?",
    "DELETE FROM runs WHERE id = ?",
    UNMARK,
)
