package simroom

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// viewer is somebody in the simulated audience. A viewer stays the same for
// as long as the room exists: name, medal, guard.
type viewer struct {
	uid    int64
	name   string
	face   string
	hash   string // CRC-32 of the decimal uid, 8 hex digits (protocol.md 4.2 [0][7])
	level  int
	wealth int
	guard  int // 0, or 1 governor, 2 admiral, 3 captain
	admin  bool
	uinfo  []byte // the uinfo object, written once
	medal  *medal
}

type medal struct {
	name   string
	level  int
	owner  string // the streamer's name
	ruid   int64  // the streamer's uid
	room   int64
	lit    bool
	guard  int
	id     int
	points int
}

// medalColors are the decimal colours by level, four levels each.
var medalColors = [...]int{6126494, 6126494, 9272486, 12478086, 13081892, 1725515, 398668, 2951253, 6809855, 15304379}

func (m *medal) color() int {
	if !m.lit {
		return 12632256
	}
	return medalColors[min(m.level/4, len(medalColors)-1)]
}

// newViewer makes a viewer nobody has seen before.
func newViewer(rng *rand.Rand, r *Room) *viewer {
	v := &viewer{name: viewerName(rng), level: rng.IntN(42), wealth: max(0, rng.IntN(60)-15)}
	switch rng.IntN(5) {
	case 0: // uids of new accounts need 53 bits and more
		v.uid = 3546_000_000_000_000 + rng.Int64N(400_000_000_000_000)
	case 1:
		v.uid = 100_000 + rng.Int64N(9_000_000)
	default:
		v.uid = 10_000_000 + rng.Int64N(2_100_000_000)
	}
	v.hash = senderHash(v.uid)
	v.face = "/bfs/face/" + hexString(rng, 40) + ".jpg"
	if n := rng.IntN(100); n < 9 {
		v.guard = 3
		switch {
		case n == 0 && rng.IntN(8) == 0:
			v.guard = 1
		case n < 2:
			v.guard = 2
		}
	}
	v.admin = rng.IntN(60) == 0
	switch n := rng.IntN(100); {
	case v.guard > 0 || n < 50: // this room's medal
		v.medal = &medal{name: r.Medal, owner: r.Streamer, ruid: r.UID, room: int64(r.ID), guard: v.guard}
	case n < 75: // another room's
		v.medal = &medal{name: pick(rng, medalNames), owner: pick(rng, streamers), ruid: 2_000_000 + rng.Int64N(500_000_000), room: 1000 + rng.Int64N(30_000_000)}
	}
	if m := v.medal; m != nil {
		m.level = 1 + int(float64(30)*rng.Float64()*rng.Float64())
		if v.guard > 0 {
			m.level = 21 + rng.IntN(38)
		}
		m.lit = v.guard > 0 || rng.IntN(5) > 0
		m.id = 1000 + rng.IntN(900_000)
		m.points = m.level * (1000 + rng.IntN(900))
	}
	return v
}

// join makes a new viewer a guard of the room, who wears its medal.
func (v *viewer) join(r *Room, level int) {
	v.guard = level
	v.medal = &medal{name: r.Medal, level: 21, owner: r.Streamer, ruid: r.UID, room: int64(r.ID), lit: true, guard: level, id: 1000, points: 30_000}
}

// namedViewer is a viewer of whom a recording tells the name and perhaps more.
func namedViewer(uid int64, name string) *viewer {
	v := &viewer{uid: uid, name: name, face: "/bfs/face/" + strings.Repeat("0", 40) + ".jpg"}
	v.hash = senderHash(uid)
	return v
}

// senderHash is how the platform writes a sender without telling the uid.
func senderHash(uid int64) string {
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE(strconv.AppendInt(nil, uid, 10)))
}

func viewerName(rng *rand.Rand) string {
	switch n := rng.IntN(20); {
	case n < 5:
		return pick(rng, nameWhole)
	case n < 14:
		return pick(rng, nameHeads) + pick(rng, nameTails)
	case n < 17:
		return pick(rng, nameHeads) + pick(rng, nameTails) + strconv.Itoa(rng.IntN(3000))
	case n < 18:
		return "bili_" + strconv.FormatInt(10_000_000_000+rng.Int64N(80_000_000_000), 10)
	}
	return pick(rng, nameTails) + pick(rng, []string{"_", "-", "丶", "の", "·", "ovo"}) + pick(rng, nameTails)
}

// text makes up a comment. Of what a crowd says much repeats: the caller
// decides how often to ask for something new.
func (r *Room) text(rng *rand.Rand) string {
	switch n := rng.IntN(100); {
	case n < 44:
		return pick(rng, short)
	case n < 72:
		return r.fill(rng, pick(rng, long))
	case n < 82:
		return r.fill(rng, pick(rng, japanese))
	case n < 85:
		return r.fill(rng, pick(rng, korean))
	case n < 90:
		return r.fill(rng, pick(rng, english))
	case n < 94:
		return pick(rng, emoji)
	case n < 97:
		return pick(rng, short) + pick(rng, emotes).token
	case n < 98:
		return pick(rng, short) + "，" + r.fill(rng, pick(rng, long))
	case n < 99:
		return strings.Repeat(pick(rng, short), 2+rng.IntN(4))
	}
	return pick(rng, odd)
}

// fill puts words into the gaps of a phrase.
func (r *Room) fill(rng *rand.Rand, s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	nick, _, _ := strings.Cut(r.Streamer, "_")
	return strings.NewReplacer("{s}", nick, "{t}", pick(rng, things), "{p}", pick(rng, places),
		"{n}", strconv.Itoa(2+rng.IntN(98))).Replace(s)
}

// beijing is the clock of the platform's times in text.
var beijing = time.FixedZone("CST", 8*3600)

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func hexString(rng *rand.Rand, n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[rng.IntN(16)]
	}
	return string(b)
}

func crc(s string) uint32 { return crc32.ChecksumIEEE([]byte(s)) }
