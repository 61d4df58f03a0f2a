package store

import (
	"context"
	"fmt"
)

// migration brings a file from the schema version before to the next.
type migration struct {
	to       int
	rewrites bool // it changes or deletes rows: the file is copied before
	run      func(c *conn) error
}

// migrations are the steps from every released schema to schemaVersion, in
// order. The schema itself, for new files, is in schema.go; what a released
// version looked like is kept in testdata/schema.
func migrations() []migration {
	return []migration{
		// Version 1 had lists instead of ranges in their conditions.
		{to: 2, run: func(c *conn) error {
			return c.script("drop index event_broadcast; drop index event_once;" + partialIndices)
		}},
		// Until version 2 the search index had no words of traits and pairs, it was not
		// noted where the clock steps back, and every event was counted when it was stored.
		{to: 3, run: func(c *conn) error {
			if err := c.script(plainTable + listPlain + stretchTable + countAll); err != nil {
				return err
			}
			return fillStretches(c)
		}},
	}
}

// countAll notes that the tables minute and hour have all events.
const countAll = "insert into meta(name, value) select 'counted', max(value, coalesce((select max(seq) from event), 0)) from meta where name='indexed';"

// migrate brings a file to the version of the last step, in one transaction: it
// is as it was, or new. Before a step that rewrites, the whole file is copied to
// the path with ".schemaN" behind it, where N is the version it had.
func migrate(ctx context.Context, c *conn, path string, steps []migration) error {
	from, err := c.number(ctx, "pragma user_version")
	if err != nil {
		return err
	}
	for _, s := range steps {
		if int64(s.to) > from && s.rewrites {
			if err := keepCopy(ctx, c, path, from); err != nil {
				return fmt.Errorf("copy before migration: %w", err)
			}
			break
		}
	}
	if err := c.script("begin immediate"); err != nil {
		return err
	}
	// Another program may have been faster.
	from, err = c.number(ctx, "pragma user_version")
	for _, s := range steps {
		if err != nil || int64(s.to) <= from {
			continue
		}
		if err = s.run(c); err == nil {
			err = c.script(fmt.Sprintf("pragma user_version=%d", s.to))
		}
		if err != nil {
			err = fmt.Errorf("migration to schema %d: %w", s.to, err)
		}
	}
	if err == nil {
		err = c.script("commit")
	}
	if err != nil {
		_ = c.script("rollback")
	}
	return err
}

// keepCopy copies the file while holding one view of it.
func keepCopy(ctx context.Context, c *conn, path string, version int64) error {
	if err := c.script("begin"); err != nil {
		return err
	}
	err := copyTo(ctx, c, fmt.Sprintf("%s.schema%d", path, version), nil)
	_ = c.script("rollback") // of a reading transaction: nothing to undo
	return err
}
