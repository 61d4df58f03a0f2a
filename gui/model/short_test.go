package model

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"danmaku/event"
)

// filled returns a row with something in every field that a packed row keeps.
func filled(t *testing.T) *Row {
	r := &Row{Emotes: []event.Emote{{}, {}}, Sticker: &event.Emote{}, Medal: &Medal{}, Muted: []string{"", ""}}
	n := int64(-3)
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		n += 41
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Field(i).CanSet() {
					fill(v.Field(i))
				}
			}
		case reflect.Pointer:
			fill(v.Elem())
		case reflect.Slice:
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.Bool:
			v.SetBool(true)
		case reflect.String:
			v.SetString(fmt.Sprint("文", n))
		case reflect.Int, reflect.Int64, reflect.Int32:
			v.SetInt(n)
		case reflect.Int8:
			v.SetInt(-n % 100)
		case reflect.Uint8, reflect.Uint32:
			v.SetUint(uint64(n) % 200)
		default:
			t.Fatalf("a row has a field of kind %v, which this test does not fill", v.Kind())
		}
	}
	fill(reflect.ValueOf(r).Elem())
	return r
}

func TestAPackedRowComesBackWhole(t *testing.T) {
	all := filled(t)
	each := []*Row{all, {}, {Text: "草", At: -1}, {Price: -5, Kind: RowGift}}
	v := reflect.ValueOf(all).Elem()
	for i := range v.NumField() { // and each field by itself
		if v.Type().Field(i).IsExported() {
			r := &Row{}
			reflect.ValueOf(r).Elem().Field(i).Set(v.Field(i))
			each = append(each, r)
		}
	}
	each = append(each, nil, &Row{Text: "the last"})
	p := &packer{}
	p.pack([]*Row{{Text: strings.Repeat("what was packed before", 1000)}})
	got := p.unpack(p.pack(each), len(each), func(k int) bool { return each[k] == nil })
	for k, r := range each {
		if !reflect.DeepEqual(got[k], r) {
			t.Errorf("%+v comes back as %+v", r, got[k])
		}
	}
}

func TestOldRowsArePackedAndReadAsTheyWere(t *testing.T) {
	const rows = 6000
	one, all := &Feed{}, &Feed{}
	for i := range rows {
		r := &Row{Kind: RowComment, Seq: int64(i), Text: fmt.Sprint("第", i, "条")}
		if i%100 == 7 {
			r.Kind = RowSuperChat
		}
		one.Append(r)
		all.Append(r)
	}
	if one.chunks[0].packed == nil || one.chunks[0].rows != nil || one.chunks[len(one.chunks)-youngChunks].packed != nil {
		t.Fatal("the oldest rows are not packed, or young ones are")
	}
	for i := range int64(rows) {
		if r := one.Row(i); r.Seq != i || r.Text != fmt.Sprint("第", i, "条") {
			t.Fatalf("row %d: %+v", i, r)
		}
	}
	if one.Row(107) != all.Row(107) {
		t.Error("a super chat, which may still be taken back, is another row in another list")
	}
	if r := one.Row(500); one.Row(500) != r || one.Row(501) == r {
		t.Error("a row that was just read is made anew")
	}
	one.Row(500).Text = "not kept"
	for c := range int64(maxOpened + 1) {
		one.Row(1000 + c*chunkRows)
	}
	if one.Row(500).Text != "第500条" || len(one.opened) != maxOpened {
		t.Error("rows stay for ever once they were read")
	}
}

func TestARuleReachesPackedRows(t *testing.T) {
	f := &Feed{}
	for i := range 5000 {
		f.Append(&Row{Seq: int64(i), UserID: fmt.Sprint(i % 10)})
	}
	f.Edit(func(r *Row) { r.Highlight = r.UserID == "3" })
	if f.Len() != 5000 || !f.Row(3).Highlight || f.Row(4).Highlight || !f.Row(4993).Highlight {
		t.Errorf("highlighted: %v %v %v", f.Row(3).Highlight, f.Row(4).Highlight, f.Row(4993).Highlight)
	}
	f.Edit(func(r *Row) {
		if r.UserID == "4" {
			r.Mute("four")
		}
	})
	if f.Len() != 5000 || f.Row(3).Hidden() || !f.Row(4).Hidden() || !f.Row(4994).Hidden() || !f.Row(3).Highlight {
		t.Errorf("%d rows, the fifth is %+v", f.Len(), f.Row(4))
	}
	if got := inSight(f); len(got) != 4500 {
		t.Errorf("%d rows in sight", len(got))
	}
	f.Edit(func(r *Row) { r.Unmute("four") })
	if got := inSight(f); len(got) != 5000 || f.Row(4).Hidden() {
		t.Errorf("%d rows in sight after the rule is gone", len(got))
	}
}

// A row of chat as live rooms have them: a key that is random, one of many people,
// words that differ.
func chatRow(rnd *rand.Rand, i int) *event.Event {
	text := make([]rune, 2+rnd.IntN(20))
	for k := range text {
		text[k] = '一' + rune(rnd.ExpFloat64()*600)
	}
	person := rnd.IntN(5000)
	return &event.Event{
		Seq: int64(i + 1), Room: room, Kind: event.KindComment, At: at(int64(i)), Received: at(int64(i)), Key: fmt.Sprintf("dm:%016x%016x", rnd.Uint64(), rnd.Uint64()),
		User:    &event.User{ID: fmt.Sprint(10_000_000 + person*7919), Name: fmt.Sprint("观众", person), Medal: &event.Medal{Name: "橘子", Level: person % 30, Color: "#123456"}},
		Comment: &event.Comment{Text: string(text), Mode: "scroll", Color: "#ffffff"},
	}
}

func TestManyRowsAreCheapToHold(t *testing.T) {
	const rows = 20_000
	m := New(0)
	rnd := rand.New(rand.NewPCG(1, 2))
	before := heap()
	for i := range rows {
		m.Apply([]Item{{Event: chatRow(rnd, i)}}, 0)
	}
	per := (heap() - before) / rows
	t.Log(per, "bytes for each row in two lists")
	if per > 250 {
		t.Errorf("%d bytes for each row in two lists", per)
	}
	if a, b := m.All.Chat.chunks[0].packed, m.Room(room).Chat.chunks[0].packed; &a[0] != &b[0] {
		t.Error("two lists with the same rows do not share what is packed")
	}
	runtime.KeepAlive(m)
}

func TestAFullListHoldsNoMoreForAllThatComesLater(t *testing.T) {
	m := New(5000)
	rnd := rand.New(rand.NewPCG(3, 4))
	n := 0
	more := func(rows int) uint64 {
		for range rows {
			m.Apply([]Item{{Event: chatRow(rnd, n)}}, 0)
			n++
		}
		return heap()
	}
	full := more(15_000)
	if later := more(45_000); later > full+full/10 {
		t.Errorf("%d bytes with 15,000 rows seen, %d with 60,000", full, later)
	}
	if held := m.All.Chat.Len(); held < 5000 || held > 5000+chunkRows {
		t.Errorf("%d rows are held", held)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func BenchmarkPack(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	m := New(0)
	for i := range chunkRows {
		m.Apply([]Item{{Event: chatRow(rnd, i)}}, 0)
	}
	rows := m.All.Chat.rows(0)
	packed := m.packer.pack(rows)
	b.Run("pack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.packer.packed = nil // else it is known
			packed = m.packer.pack(rows)
		}
		b.ReportMetric(float64(len(packed))/chunkRows, "B/row")
	})
	b.Run("unpack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if got := m.packer.unpack(packed, len(rows), func(int) bool { return false }); got[7].Seq != rows[7].Seq {
				b.Fatal("another row")
			}
		}
	})
}
