package store

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"danmaku/event"
)

var update = flag.Bool("update", false, "write testdata/schema of the present version anew")

// released returns the events and the coverage that every file in
// testdata/schema holds.
func released() []event.Event {
	var all []event.Event
	add := func(e event.Event) {
		n := len(all)
		e.Seq, e.Platform, e.Room = int64(n+1), event.Bilibili, 21452505
		e.At, e.Received = event.Millis(1700000000000+n*1000), event.Millis(1700000000200+n*1000)
		if e.Key == "" {
			e.Key = fmt.Sprintf("msg:%d:1000:1000", n)
		}
		e.Raw = json.RawMessage(fmt.Sprintf(`{"cmd":%q,"n":%d}`, e.Cmd, n))
		all = append(all, e)
	}
	u := &event.User{ID: "3493000000000001", Name: "观众", Guard: 3, Level: 21, Medal: &event.Medal{Name: "牌子", Level: 24, Room: 21452505, Owner: "主播", Lit: true}}
	for i := range 520 { // more than a lot of the search index
		add(event.Event{Kind: event.KindComment, Cmd: "DANMU_MSG", Key: fmt.Sprintf("dm:%036x", i), User: u, Comment: &event.Comment{Text: fmt.Sprintf("弹幕 %d 号", i), Mode: "scroll", Color: "#ffffff", Size: 25}})
	}
	add(event.Event{Kind: event.KindGift, Cmd: "SEND_GIFT", Key: "gift:4623470640584770048", User: u, Gift: &event.Gift{ID: "1", Name: "小花花", Count: 3, UnitPrice: 100, Total: 300, Paid: true, Combo: "c"}})
	add(event.Event{Kind: event.KindSuperChat, Cmd: "SUPER_CHAT_MESSAGE", Key: "sc:7", User: u, SuperChat: &event.SuperChat{ID: "7", Text: "醒目", Translated: "目立つ", Price: 30000, Seconds: 60}})
	add(event.Event{Kind: event.KindSuperChatDelete, Cmd: "SUPER_CHAT_MESSAGE_DELETE", SuperChatDelete: &event.SuperChatDelete{IDs: []string{"7"}}})
	add(event.Event{Kind: event.KindGuard, Cmd: "USER_TOAST_MSG", Key: "guard:1", User: u, Guard: &event.Guard{Level: 3, Name: "舰长", Count: 1, Unit: "月", Price: 198000}})
	add(event.Event{Kind: event.KindLive, Cmd: "LIVE", Live: &event.Live{Session: "587"}})
	add(event.Event{Kind: event.KindRoom, Cmd: "ROOM_CHANGE", RoomInfo: &event.RoomInfo{Title: "标题", Area: "单机"}})
	add(event.Event{Kind: event.KindOffline, Cmd: "PREPARING", Offline: &event.Offline{}})
	add(event.Event{Kind: event.KindOther, Cmd: "NEW_COMMAND", Of: "dm:01"})
	return all
}

// TestEveryReleasedSchemaOpens opens archives as released versions wrote them.
func TestEveryReleasedSchemaOpens(t *testing.T) {
	if *update {
		writeSchema(t)
	}
	files, err := filepath.Glob("testdata/schema/*.sql")
	if err != nil || len(files) != schemaVersion {
		t.Fatalf("%d files in testdata/schema for %d versions, %v", len(files), schemaVersion, err)
	}
	for _, f := range files {
		sql, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "old.db")
		c, err := openConn(path, "mode=rwc", 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.script("begin;\n" + string(sql) + "commit"); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if err := c.close(); err != nil {
			t.Fatal(err)
		}
		a := openAt(t, path, Options{})
		same(t, ask(t, a, event.Filter{Raw: true}), released())
		sound(t, a)
		if got := ask(t, a, event.Filter{Text: "弹幕 17"}); len(got) != 11 {
			t.Errorf("%s: search finds %d events, want 11", f, len(got))
		}
		l, err := a.Ledger(context.Background(), event.Filter{})
		if err != nil || l.Total != 198300 || l.Deleted.Money != 30000 {
			t.Errorf("%s: %+v, %v", f, l, err)
		}
		cov, err := a.Coverage(context.Background(), 21452505, 0, 0)
		if err != nil || len(cov.Spans) != 1 || len(cov.Gaps) != 1 || cov.Gaps[0].Cause != event.CauseNetwork {
			t.Errorf("%s: %+v, %v", f, cov, err)
		}
		if got := appendAll(t, a, released()); len(got) != 0 {
			t.Errorf("%s: %d events were stored again", f, len(got))
		}
		if schemaOf(t, a.path) != schemaOf(t, open(t, Options{}).path) {
			t.Errorf("%s: the migrated schema is not that of a new file", f)
		}
	}
}

// schemaOf returns what makes the tables of a file, without the parts of the
// search index, which come as they are needed.
func schemaOf(t *testing.T, path string) string {
	t.Helper()
	c, err := openConn(path, "mode=ro", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	var b strings.Builder
	err = c.each(context.Background(), "select sql from sqlite_master where name not like 'search_%' and sql is not null order by name", func(r []driver.Value) (bool, error) {
		b.WriteString(text(r[0]) + ";\n")
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// writeSchema writes the present version's file.
func writeSchema(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	a := open(t, Options{})
	if err := a.Online(ctx, 21452505, 1700000000000); err != nil {
		t.Fatal(err)
	}
	appendAll(t, a, released())
	if err := a.Gone(ctx, 21452505, 1700001000000, event.CauseNetwork, "reset"); err != nil {
		t.Fatal(err)
	}
	c := a.w.c
	var b bytes.Buffer
	fmt.Fprintf(&b, "-- An archive as schema %d wrote it. Made by go test -run Schema -update.\n", schemaVersion)
	fmt.Fprintf(&b, "pragma application_id=%d;\npragma user_version=%d;\n", applicationID, schemaVersion)
	var tables []string
	err := c.each(ctx, `select name, sql, type from sqlite_master where sql is not null and name not like 'sqlite_%'
 and name not like '%\_segments' escape '\' and name not like '%\_segdir' escape '\' and name not like '%\_stat' escape '\' order by rowid`, func(r []driver.Value) (bool, error) {
		fmt.Fprintf(&b, "%s;\n", text(r[1]))
		if text(r[2]) == "table" && !strings.HasPrefix(text(r[1]), "CREATE VIRTUAL") {
			tables = append(tables, text(r[0]))
		}
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var columns []string
		if err := c.each(ctx, "select name from pragma_table_info('"+table+"')", func(r []driver.Value) (bool, error) {
			columns = append(columns, "quote("+text(r[0])+")")
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := c.each(ctx, "select "+strings.Join(columns, "||','||")+" from "+table, func(r []driver.Value) (bool, error) {
			fmt.Fprintf(&b, "insert into %s values(%s);\n", table, text(r[0]))
			return true, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range released() {
		var w words
		u := toIndex(&e, 1, kindNumber(e.Kind), oneIf(e.User != nil))
		w.event(&u, false)
		fmt.Fprintf(&b, "insert into search_0(docid, words) values(%d, '%s');\n", e.Seq, w.buf)
	}
	var w words
	w.name("观众")
	fmt.Fprintf(&b, "insert into names(docid, words) values(1, '%s');\n", w.buf)
	if err := os.MkdirAll("testdata/schema", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fmt.Sprintf("testdata/schema/%03d.sql", schemaVersion), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAMigrationThatRewritesCopiesTheFileBefore(t *testing.T) {
	ctx := context.Background()
	a := open(t, Options{})
	want := appendAll(t, a, newGenerator(1).batch(50))
	a.Close()
	c, err := openConn(a.path, "mode=rw", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	broken := errors.New("broken")
	adds := migration{to: schemaVersion + 1, run: func(c *conn) error { return c.script("alter table room add column color text") }}
	drops := migration{to: schemaVersion + 2, rewrites: true, run: func(c *conn) error { return c.script("delete from event") }}
	fails := migration{to: schemaVersion + 3, run: func(c *conn) error { return broken }}

	if err := migrate(ctx, c, a.path, []migration{adds, drops, fails}); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	version, _ := c.number(ctx, "pragma user_version")
	left, _ := c.number(ctx, "select count(*) from event")
	if version != schemaVersion || left != 50 {
		t.Errorf("after a migration that failed: version %d, %d events", version, left)
	}
	if err := migrate(ctx, c, a.path, []migration{adds, drops}); err != nil {
		t.Fatal(err)
	}
	version, _ = c.number(ctx, "pragma user_version")
	left, _ = c.number(ctx, "select count(*) from event")
	if version != schemaVersion+2 || left != 0 {
		t.Errorf("after the migration: version %d, %d events", version, left)
	}
	same(t, ask(t, openAt(t, fmt.Sprintf("%s.schema%d", a.path, schemaVersion), Options{}), event.Filter{Raw: true}), want)

	b := open(t, Options{})
	b.Close()
	d, err := openConn(b.path, "mode=rw", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if err := migrate(ctx, d, b.path, []migration{adds}); err != nil {
		t.Fatal(err)
	}
	if m, _ := filepath.Glob(b.path + ".schema*"); len(m) != 0 {
		t.Errorf("a migration that only adds made %v", m)
	}
}
