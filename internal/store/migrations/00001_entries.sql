-- +goose Up
CREATE TABLE entries (
    tbl   TEXT NOT NULL,            -- the table's name, such as secretsmanager.secret
    key   BLOB NOT NULL,            -- its parts joined by zero bytes
    value BLOB NOT NULL,            -- JSON
    PRIMARY KEY (tbl, key)
) WITHOUT ROWID;

CREATE TABLE state (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL,    -- counts commits
    proof      BLOB                 -- sealed by the root key, so that another key shows
);

INSERT INTO state (one, generation) VALUES (1, 0);

-- +goose Down
DROP TABLE entries;
DROP TABLE state;
