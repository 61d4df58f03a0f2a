package decoder

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"danmaku/event"
	"danmaku/protocol"

	"github.com/andybalholm/brotli"
)

// bundlesDir may name a folder of files brotli-10.bin, brotli-50.bin …, each a
// row of WebSocket messages with their length (4 bytes, big-endian) before
// them, to measure on the same bytes as other programs. Without it the
// benchmarks make their own traffic.
var bundlesDir = flag.String("bundles", "", "folder of brotli-N.bin files to measure on")

// invented makes comments in the shape of 2026, 2.3 KB each, all different but
// for the texts, of which nearly half repeat.
type invented struct {
	rng   *rand.Rand
	texts []string
	at    int64
}

var someRunes = []rune("的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感草哈哈哈哈哈wwwww666。，！？~😂🎉❤")

func newInvented(seed uint64) *invented {
	return &invented{rng: rand.New(rand.NewPCG(seed, 1)), at: 1790000000000}
}

func (v *invented) words(least, most int) string {
	out := make([]rune, least+v.rng.IntN(most-least+1))
	for i := range out {
		out[i] = someRunes[v.rng.IntN(len(someRunes))]
	}
	return string(out)
}

func (v *invented) text() string {
	if len(v.texts) > 20 && v.rng.IntN(100) < 46 {
		return v.texts[len(v.texts)-1-v.rng.IntN(20)]
	}
	s := v.words(1, 12)
	v.texts = append(v.texts, s)
	return s
}

func (v *invented) comment() string {
	v.at += int64(v.rng.IntN(40))
	text, name, uid := v.text(), v.words(2, 8), 3546000000000000+v.rng.Int64N(1e12)
	face := fmt.Sprintf("https://i%d.example/bfs/face/%016x%016x%08x.jpg", v.rng.IntN(3), v.rng.Uint64(), v.rng.Uint64(), v.rng.Uint32())
	medal, owner, ruid, level := v.words(2, 3), v.words(3, 8), v.rng.Int64N(1e9), 1+v.rng.IntN(40)
	hash, color := v.rng.Uint32(), []int{16777215, 5566168, 9920249, 14893055}[v.rng.IntN(4)]
	return fmt.Sprintf(`{"cmd":"DANMU_MSG","dm_v2":"","info":[[0,1,25,%[1]d,%[2]d,%[3]d,0,"%08[4]x",0,0,0,"",0,"{}","{}",{"extra":"{\"send_from_me\":false,\"master_player_hidden\":false,\"mode\":0,\"color\":%[1]d,\"dm_type\":0,\"font_size\":25,\"player_mode\":1,\"show_player_type\":0,\"content\":\"%[5]s\",\"user_hash\":\"%[4]d\",\"emoticon_unique\":\"\",\"bulge_display\":0,\"recommend_score\":%[6]d,\"main_state_dm_color\":\"\",\"objective_state_dm_color\":\"\",\"direction\":0,\"pk_direction\":0,\"quartet_direction\":0,\"anniversary_crowd\":0,\"yeah_space_type\":\"\",\"yeah_space_url\":\"\",\"jump_to_url\":\"\",\"space_type\":\"\",\"space_url\":\"\",\"animation\":{},\"emots\":null,\"is_audited\":false,\"id_str\":\"%016[7]x%08[4]x%08[6]x\",\"icon\":null,\"show_reply\":true,\"reply_mid\":0,\"reply_uname\":\"\",\"reply_uname_color\":\"\",\"reply_is_mystery\":false,\"reply_type_enum\":0,\"hit_combo\":0,\"esports_jump_url\":\"\",\"is_mirror\":false,\"is_collaboration_member\":false}","mode":0,"show_player_type":0,"user":{"base":{"face":"%[8]s","is_mystery":false,"name":"%[9]s","name_color":0,"name_color_str":"","official_info":{"desc":"","role":0,"title":"","type":-1},"origin_info":{"face":"%[8]s","name":"%[9]s"},"risk_ctrl_info":null},"guard":{"expired_str":"","level":0},"guard_leader":{"is_guard_leader":false},"medal":{"color":9272486,"color_border":9272486,"color_end":9272486,"color_start":9272486,"guard_icon":"","guard_level":0,"honor_icon":"","id":418510,"is_light":1,"level":%[10]d,"name":"%[11]s","ruid":%[12]d,"score":26271,"typ":0,"user_receive_count":0,"v2_medal_color_border":"#596FE099","v2_medal_color_end":"#596FE099","v2_medal_color_level":"#000B7099","v2_medal_color_start":"#596FE099","v2_medal_color_text":"#FFFFFFFF"},"title":{"old_title_css_id":"","title_css_id":""},"uhead_frame":null,"uid":%[13]d,"wealth":{"dm_icon_key":"","level":%[14]d}}},{"activity_identity":"","activity_source":0,"not_show":0},0],"%[5]s",[%[13]d,"%[9]s",0,0,0,10000,1,""],[%[10]d,"%[11]s","%[15]s",22889484,9272486,"",0,9272486,9272486,9272486,0,1,%[12]d],[9,0,9868950,">50000",0],["",""],0,0,null,{"ct":"%08[6]X","ts":%[16]d},0,0,null,null,0,104,[%[14]d],null]}`,
		color, v.at, v.at/1000-int64(v.rng.IntN(5000)), hash, text, v.rng.IntN(10), v.rng.Uint64(), face, name, level, medal, ruid, uid, v.rng.IntN(40), owner, v.at/1000)
}

// bundles returns messages of n comments each, with the number of comments.
func bundles(tb testing.TB, n int) (messages [][]byte, comments int) {
	tb.Helper()
	if *bundlesDir != "" {
		b, err := os.ReadFile(filepath.Join(*bundlesDir, fmt.Sprintf("brotli-%d.bin", n)))
		if err != nil {
			tb.Fatal(err)
		}
		for len(b) >= 4 {
			size := binary.BigEndian.Uint32(b)
			messages = append(messages, b[4:4+size])
			b = b[4+size:]
		}
		return messages, len(messages) * n
	}
	v := newInvented(uint64(n))
	for range 2000 / n {
		var commands []string
		for range n {
			commands = append(commands, v.comment())
		}
		messages = append(messages, pack(protocol.Brotli, commands...))
	}
	return messages, len(messages) * n
}

// processorTime is the CPU time of this process, which says more than the
// clock on a machine others use too.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// decodeAll is the whole way from messages to events.
func decodeAll(tb testing.TB, d *Decoder, messages [][]byte) (events int) {
	var packets []protocol.Packet
	var list []event.Event
	for _, m := range messages {
		var err error
		if packets, err = d.Packets(packets[:0], m); err != nil {
			tb.Fatal(err)
		}
		list = list[:0]
		for _, p := range packets {
			if list, err = d.Events(list, testRoom, testReceived, p.Body); err != nil {
				tb.Fatal(err)
			}
		}
		events += len(list)
	}
	return events
}

// openAll is the brotli reader alone: what no decoder can do without.
func openAll(tb testing.TB, r *brotli.Reader, buf []byte, messages [][]byte) {
	var src bytes.Reader
	for _, m := range messages {
		src.Reset(m[protocol.HeaderSize:])
		if err := r.Reset(&src); err != nil {
			tb.Fatal(err)
		}
		for n := 0; ; {
			k, err := r.Read(buf[n:])
			if n += k; err != nil {
				break
			}
		}
	}
}

// BenchmarkBundle measures the brotli reader alone and the whole way in turn,
// so that their ratio ("x-brotli") is one of the same minute.
func BenchmarkBundle(b *testing.B) {
	for _, n := range []int{1, 10, 50, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			messages, comments := bundles(b, n)
			d, reader, buf := New(Limits{}), brotli.NewReader(nil), make([]byte, 1<<20)
			if got := decodeAll(b, d, messages); got != comments {
				b.Fatalf("%d events of %d comments", got, comments)
			}
			openAll(b, reader, buf, messages)
			var open, whole time.Duration
			rounds := 0
			b.ReportAllocs()
			for b.Loop() {
				t := processorTime()
				openAll(b, reader, buf, messages)
				open += processorTime() - t
				t = processorTime()
				decodeAll(b, d, messages)
				whole += processorTime() - t
				rounds++
			}
			all := float64(rounds * comments)
			b.ReportMetric(float64(open.Nanoseconds())/all, "brotli-ns/comment")
			b.ReportMetric(float64(whole.Nanoseconds())/all, "whole-ns/comment")
			b.ReportMetric(whole.Seconds()/open.Seconds(), "x-brotli")
			b.ReportMetric(all/whole.Seconds(), "comments/cpu-s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkComment measures one comment, from command to event.
func BenchmarkComment(b *testing.B) {
	v := newInvented(1)
	var commands [][]byte
	for range 512 {
		commands = append(commands, []byte(v.comment()))
	}
	d := New(Limits{})
	var list []event.Event
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		var err error
		if list, err = d.Events(list[:0], testRoom, testReceived, commands[i%len(commands)]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOther measures a command that is only kept.
func BenchmarkOther(b *testing.B) {
	command := []byte(`{"cmd":"LIVE_INTERACTIVE_GAME","data":{"type":2,"uid":3546000000000001,"uname":"早起的鸟","uface":"","gift_id":0,"gift_name":"","gift_num":0,"price":0,"paid":false,"msg":"早上好","fans_medal_level":19,"guard_level":0,"timestamp":1790000000,"anchor_lottery":null,"pk_info":null,"anchor_info":null,"combo_info":null}}`)
	d := New(Limits{})
	var list []event.Event
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if list, err = d.Events(list[:0], testRoom, testReceived, command); err != nil {
			b.Fatal(err)
		}
	}
}

func TestACommentTakesAtMostEightAllocations(t *testing.T) {
	v := newInvented(1)
	command := []byte(v.comment())
	d := New(Limits{})
	list := make([]event.Event, 0, 1)
	for range 2 * alwaysChecked {
		list, _ = d.Events(list[:0], testRoom, testReceived, command)
	}
	if len(list) != 1 || list[0].Kind != event.KindComment || list[0].User.Medal == nil {
		t.Fatalf("%+v", list)
	}
	if n := testing.AllocsPerRun(50, func() { list, _ = d.Events(list[:0], testRoom, testReceived, command) }); n > 8 {
		t.Errorf("%v allocations", n)
	}
}
