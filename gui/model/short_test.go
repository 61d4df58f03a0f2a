package model

import (
	"fmt"
	"reflect"
	"runtime"
	"testing"
	"unsafe"

	"danmaku/event"
)

// filled returns a row with something in every field that a row put away keeps.
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

func TestARowPutAwayComesBackWhole(t *testing.T) {
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
	for _, r := range each {
		got := long(r.short())
		if got.short() != r.short() {
			t.Errorf("%+v comes back as %+v", r, got)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%+v comes back as %+v", r, got)
		}
	}
}

func TestOldRowsArePutAwayAndReadAsTheyWere(t *testing.T) {
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
	if one.chunks[0].put == nil || one.chunks[0].rows != nil || one.chunks[len(one.chunks)-youngChunks].put != nil {
		t.Fatal("the oldest rows are not put away, or young ones are")
	}
	for i := range int64(rows) {
		if r := one.Row(i); r.Seq != i || r.Text != fmt.Sprint("第", i, "条") {
			t.Fatalf("row %d: %+v", i, r)
		}
	}
	if a, b := one.chunks[0].put[3], all.chunks[0].put[3]; a != b || unsafe.StringData(a) != unsafe.StringData(b) {
		t.Error("two lists do not share what is put away of one row")
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

func TestARuleReachesRowsPutAway(t *testing.T) {
	f := &Feed{}
	for i := range 5000 {
		f.Append(&Row{Seq: int64(i), UserID: fmt.Sprint(i % 10)})
	}
	f.Each(func(r *Row) { r.Highlight = r.UserID == "3" })
	if f.Len() != 5000 || !f.Row(3).Highlight || f.Row(4).Highlight || !f.Row(4993).Highlight {
		t.Errorf("highlighted: %v %v %v", f.Row(3).Highlight, f.Row(4).Highlight, f.Row(4993).Highlight)
	}
	f.Each(func(r *Row) {
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
	f.Each(func(r *Row) { r.Unmute("four") })
	if got := inSight(f); len(got) != 5000 || f.Row(4).Hidden() {
		t.Errorf("%d rows in sight after the rule is gone", len(got))
	}
}

func TestManyRowsAreCheapToHold(t *testing.T) {
	const rows = 20_000
	m := New(0)
	before := heap()
	for i := range rows {
		// As the decoder has it: all texts of an event in one piece of memory.
		all := fmt.Sprintf("dm:%032d今天的节目真好看，%05dhttps://example.invalid/face/0123456789abcdef0123456789abcdef.jpg", i, i)
		it := comment(int64(i), "u", all[35:67])
		it.Event.Key = all[:35]
		m.Apply([]Item{it}, 0)
	}
	per := (heap() - before) / rows
	t.Log(per, "bytes for each row in two lists")
	if per > 400 {
		t.Errorf("%d bytes for each row in two lists", per)
	}
	runtime.KeepAlive(m)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func BenchmarkRowPutAway(b *testing.B) {
	r := &Row{Kind: RowComment, Room: 21452505, At: 1_795_000_000_000, Seq: 100_000, Key: "dm:0123456789abcdef0123456789abcdef", UserID: "10648046966", Name: "半糖小铃铛",
		Medal: &Medal{Name: "橘子", Level: 21, Color: 0x123456}, Color: 0xffffff, Text: "麦克风换过了吗，声音变好了", Count: 1}
	b.ReportAllocs()
	for b.Loop() {
		r.put = ""
		if long(r.short()).Seq != r.Seq {
			b.Fatal("another row")
		}
	}
	b.ReportMetric(float64(len(r.put)), "B/row")
}
