package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func verify(t testing.TB, a *Archive) Report {
	t.Helper()
	r, err := a.Verify(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sound(t testing.TB, a *Archive) Report {
	t.Helper()
	r := verify(t, a)
	for _, p := range r.Problems {
		t.Error("verify:", p)
	}
	return r
}

// filled makes an archive with several parts of the index and sealed raw rows.
func filled(t testing.TB) *Archive {
	a := open(t, Options{partSize: 1024})
	g := newGenerator(21)
	if err := a.Online(context.Background(), 1, 1); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		appendAll(t, a, g.batch(170))
	}
	return a
}

func TestVerifyFindsASoundArchiveSound(t *testing.T) {
	a := filled(t)
	r := sound(t, a)
	if r.Events != 3400 || r.Last != 3400 || r.Missing != 0 || r.Rooms != 6 || r.Commands < 2000 {
		t.Errorf("%+v", r)
	}
	sound(t, open(t, Options{})) // an empty one too
}

func TestVerifyFindsDamage(t *testing.T) {
	f := filled(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ damage, problem string }{
		{"delete from event where seq=100", "counted"},
		{"update event set text='changed' where seq=(select min(seq) from event where text<>'')", "search index"},
		{"update event set hash=hash+1 where seq=(select min(seq) from event where key is not null)", "hash"},
		{"update event set hash=null where seq=(select min(seq) from event where key is not null)", "key"},
		{"update event set key=x'07' where seq=(select min(seq) from event where key is not null)", "key"},
		{"update event set form=100000 where seq=5", "missing"},
		{"update event set rest='{' where seq=(select min(seq) from event where rest is not null)", "rest"},
		{"update minute set paid=paid+1 where room=1 and minute=(select min(minute) from minute where room=1 and minute>28000000)", "counts"},
		{"insert into minute values(1, 5, 0, 1, 0)", "counted"},
		{"update hour set first=last+1", "positions"},
		{"update event set seq=999999 where seq=77", "position"},
		{"update meta set value=999999 where name='indexed'", "search index goes"},
		{"update raw set data=x'00' where sealed=1", "raw commands"},
		{"update raw set commands=commands+1", "raw commands"},
		{"update raw set last=last+1 where first=(select max(first) from raw)", "raw commands"},
		{"update span set since=until+1", "coverage"},
		{"insert into span(room, since, until, open, cause, detail) select room, since, until, open, cause, detail from span", "two open"},
		{"insert into search_0(docid, words) values(3, 'x y z')", "search_0"},
		{"update user set name=name||'x' where id=1", "names"},
		{"delete from medal", "missing"},
		{"insert or replace into stretch values(100, 5, 0)", "stretch"},
	} {
		path := filepath.Join(t.TempDir(), "damaged.db")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		a := openAt(t, path, Options{})
		if err := a.w.c.script(c.damage); err != nil {
			t.Fatalf("%s: %v", c.damage, err)
		}
		all := strings.Join(verify(t, a).Problems, "\n")
		if !strings.Contains(all, c.problem) {
			t.Errorf("%s: found %q, want something about %q", c.damage, all, c.problem)
		}
	}
}

func TestVerifyTellsHowFarItIs(t *testing.T) {
	a := filled(t)
	var last, total int64
	if _, err := a.Verify(context.Background(), func(d, n int64) { last, total = d, n }); err != nil {
		t.Fatal(err)
	}
	if last != 3400 || total != 3400 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := a.Verify(ctx, nil); err == nil {
		t.Error("verify went on after its context had ended")
	}
}
