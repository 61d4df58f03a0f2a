package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// conn is one SQLite connection with the statements it has prepared. It is used
// by one goroutine at a time. It talks to the driver without database/sql: the
// pool, the scanning and the conversions there cost more than SQLite itself.
type conn struct {
	c     *sqlite3.SQLiteConn
	stmts map[string]*stmt
	trace func(statement string, values []driver.Value) // Options.Trace
}

// dsn returns the address of a file for the driver.
func dsn(path string, params string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: params}).String()
}

// openConn opens a connection. params are those of a SQLite URI and of the driver.
func openConn(path, params string, busy time.Duration) (*conn, error) {
	params += "&_mutex=no&_busy_timeout=" + strconv.FormatInt(busy.Milliseconds(), 10)
	c, err := (&sqlite3.SQLiteDriver{}).Open(dsn(path, params))
	if err != nil {
		return nil, err
	}
	return &conn{c: c.(*sqlite3.SQLiteConn), stmts: map[string]*stmt{}}, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.s.Close() // an error here is the last execution's, told then
	}
	return c.c.Close()
}

// tidy closes prepared statements when there are many: queries with a list in
// them are rarely the same twice. No statement may be in use.
func (c *conn) tidy() {
	if len(c.stmts) <= keptStatements {
		return
	}
	for _, s := range c.stmts {
		s.s.Close() // an error here is the last execution's, told then
	}
	clear(c.stmts)
}

const keptStatements = 64

// stmt is a prepared statement.
type stmt struct {
	c    *conn
	sql  string
	s    *sqlite3.SQLiteStmt
	args []driver.NamedValue
	dest []driver.Value
}

// prepare returns the statement of a query, kept for the next time.
func (c *conn) prepare(query string) (*stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	ds, err := c.c.Prepare(query)
	if err != nil {
		return nil, err
	}
	s := &stmt{c: c, sql: query, s: ds.(*sqlite3.SQLiteStmt)}
	s.args = make([]driver.NamedValue, s.s.NumInput())
	for i := range s.args {
		s.args[i].Ordinal = i + 1
	}
	c.stmts[query] = s
	return s, nil
}

// run binds args and makes the first step. This goes through the driver's query
// path for statements that give no rows too, because that one binds and steps in
// a single call into C, where Exec makes a call for each argument.
func (s *stmt) run(ctx context.Context, args []driver.Value) (driver.Rows, error) {
	if s.c.trace != nil {
		s.c.trace(s.sql, args)
	}
	for i, v := range args {
		s.args[i].Value = v
	}
	return s.s.QueryContext(ctx, s.args[:len(args)])
}

// exec runs a statement that gives no rows.
func (s *stmt) exec(args ...driver.Value) error {
	// A statement that has run to its end needs no reset before its next run.
	_, err := s.run(context.Background(), args)
	return err
}

// each calls f for every row until f returns false or an error. The row is
// valid until f returns; texts and blobs in it may be kept.
func (s *stmt) each(ctx context.Context, f func(row []driver.Value) (bool, error), args ...driver.Value) error {
	rows, err := s.run(ctx, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	if s.dest == nil {
		s.dest = make([]driver.Value, len(rows.Columns()))
	}
	for {
		if err := rows.Next(s.dest); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if more, err := f(s.dest); err != nil || !more {
			return err
		}
	}
}

// exec runs one statement without rows.
func (c *conn) exec(query string, args ...driver.Value) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	return s.exec(args...)
}

// insert runs a statement that inserts one row and returns the row's number. The
// clause RETURNING would say it too, but SQLite makes a temporary table for each
// run of that: 30 us.
func (c *conn) insert(query string, args ...driver.Value) (int64, error) {
	if err := c.exec(query, args...); err != nil {
		return 0, err
	}
	return c.number(context.Background(), "select last_insert_rowid()")
}

// script runs statements that are not worth keeping.
func (c *conn) script(sql string) error {
	if c.trace != nil {
		c.trace(sql, nil)
	}
	_, err := c.c.ExecContext(context.Background(), sql, nil)
	return err
}

// each runs a query; see stmt.each.
func (c *conn) each(ctx context.Context, query string, f func(row []driver.Value) (bool, error), args ...driver.Value) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	return s.each(ctx, f, args...)
}

// first returns the first row, or nil. It is valid until the statement's next run.
func (c *conn) first(ctx context.Context, query string, args ...driver.Value) (row []driver.Value, err error) {
	err = c.each(ctx, query, func(r []driver.Value) (bool, error) {
		row = r
		return false, nil
	}, args...)
	return row, err
}

// number returns the first column of the first row as a number; 0 if there is none or it is NULL.
func (c *conn) number(ctx context.Context, query string, args ...driver.Value) (int64, error) {
	row, err := c.first(ctx, query, args...)
	if err != nil || row == nil {
		return 0, err
	}
	return integer(row[0]), nil
}

func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func blob(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}
