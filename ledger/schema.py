"""The tables of the ledger, as steps from each version to the next."""

from __future__ import annotations

from ledger.cases import TEXT_FIELDS

__all__ = ["MIGRATIONS"]

# The history is written once. The triggers refuse what an ordinary program would do; who drops them
# is found by the hash chain.
_HISTORY = """
CREATE TABLE history (
    number INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX history_of_case ON history (case_id, number);
CREATE TRIGGER history_no_update BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_no_delete BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_in_order BEFORE INSERT ON history
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM history)
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
"""
_CASES = f"""
CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    eligible INTEGER NOT NULL DEFAULT 0,
    corrected INTEGER NOT NULL DEFAULT 0,
    had_conflict INTEGER NOT NULL DEFAULT 0,
    back_to TEXT NOT NULL DEFAULT '',
    layer TEXT NOT NULL DEFAULT '',
    unit_id TEXT NOT NULL DEFAULT '',
    parents TEXT NOT NULL DEFAULT '',
    cause TEXT NOT NULL DEFAULT '',
    run TEXT NOT NULL DEFAULT '',
    analysis_id TEXT NOT NULL DEFAULT '',
    uncovered REAL,
    share_before REAL,
    share_after REAL,
    evidence TEXT NOT NULL DEFAULT '',
    points INTEGER NOT NULL DEFAULT 0,
    {", ".join(f"{name} TEXT NOT NULL DEFAULT ''" for name in TEXT_FIELDS)}
);
CREATE INDEX cases_by_state ON cases (state);
CREATE INDEX cases_by_layer ON cases (layer, unit_id);
CREATE INDEX cases_by_number ON cases (number);
CREATE TABLE case_points (
    case_id INTEGER NOT NULL REFERENCES cases (id),
    demand_id TEXT NOT NULL,
    place TEXT NOT NULL,
    weight REAL,
    lon REAL,
    lat REAL,
    PRIMARY KEY (case_id, demand_id)
) WITHOUT ROWID;
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    made_at TEXT NOT NULL,
    analysis_id TEXT NOT NULL,
    layer TEXT NOT NULL,
    inputs TEXT NOT NULL,
    parameters TEXT NOT NULL,
    parameters_hash TEXT NOT NULL,
    sites TEXT NOT NULL
);
CREATE TABLE periods (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    locked_at TEXT NOT NULL,
    locked_by TEXT NOT NULL,
    parameters TEXT NOT NULL
);
CREATE TABLE signers (name TEXT PRIMARY KEY);
"""
# Both shares of each unit at each verification; what changed is told apart as corrected or real.
_TREND = """
CREATE TABLE trend (
    number INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    period TEXT NOT NULL,
    run TEXT NOT NULL,
    layer TEXT NOT NULL,
    level TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    unit_name TEXT NOT NULL,
    share_by_time REAL,
    share_by_presence REAL,
    data_change REAL,
    real_change REAL,
    PRIMARY KEY (layer, unit_id, number)
) WITHOUT ROWID;
"""
# Each step is one transaction; `PRAGMA user_version` counts the steps that are done.
MIGRATIONS = (_HISTORY, _CASES, _TREND)
