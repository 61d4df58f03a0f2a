package simroom

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"danmaku/event"
	"danmaku/protocol"
)

// Recording is a file of what once was said in a room, played again in a
// simulated one. The dialect is recognised by the file's content, packed with
// gzip or not: frames with a length before each, packets one after the other,
// XML, lines of JSON, CSV and dated text.
type Recording struct {
	name    string
	dialect dialect
	open    func() (io.ReadCloser, error)
}

type dialect string

const (
	framesDialect  dialect = "frames"         // 4 bytes of length before each WebSocket message
	packetsDialect dialect = "packets"        // packets one after the other
	xmlDialect     dialect = "XML"            // BililiveRecorder, biliup, blrec
	jsonDialect    dialect = "JSON lines"     // commands, or the records of a collector
	secondsDialect dialect = "CSV"            // seconds, 0, JSON
	flatDialect    dialect = "flat CSV"       // a column for every field of a command
	datedDialect   dialect = "dated text"     // TIMEh:mONLINEn, then a line for each comment
	maxLine                = 16 << 20         // bytes of a line
	maxFrame               = 64 << 20         // bytes of a recorded message, packed or not
	defaultStep            = time.Second / 10 // between commands of which no time is known
)

// recorded is one entry of a recording: a happening, a whole WebSocket
// message, or a popularity. at counts from the recording's beginning.
type recorded struct {
	at         time.Duration
	happening  happening
	message    []byte
	popularity *uint32
}

// OpenRecording recognises the dialect of a file. The file is read while it
// is played, each time from its beginning.
func OpenRecording(path string) (*Recording, error) {
	r := &Recording{name: filepath.Base(path), open: func() (io.ReadCloser, error) { return os.Open(path) }}
	return r, r.recognise()
}

// NewRecording is OpenRecording for a file in memory.
func NewRecording(name string, data []byte) (*Recording, error) {
	r := &Recording{name: name, open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
	return r, r.recognise()
}

// Dialect names the format that was recognised.
func (r *Recording) Dialect() string { return string(r.dialect) }

// reader opens the file and unpacks it.
func (r *Recording) reader() (*bufio.Reader, io.Closer, error) {
	f, err := r.open()
	if err != nil {
		return nil, nil, fmt.Errorf("simroom: open recording: %w", err)
	}
	b := bufio.NewReaderSize(f, 64<<10)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			f.Close()
			return nil, nil, fmt.Errorf("simroom: recording %s: %w", r.name, err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	return b, f, nil
}

func (r *Recording) recognise() error {
	b, c, err := r.reader()
	if err != nil {
		return err
	}
	defer c.Close()
	head, err := b.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("simroom: recording %s: %w", r.name, err)
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	line, _, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case len(head) >= 20 && binary.BigEndian.Uint32(head[4:]) == binary.BigEndian.Uint32(head) && binary.BigEndian.Uint16(head[8:]) == protocol.HeaderSize:
		r.dialect = framesDialect
	case len(head) >= 16 && binary.BigEndian.Uint16(head[4:]) == protocol.HeaderSize && head[0] == 0:
		r.dialect = packetsDialect
	case bytes.HasPrefix(text, []byte("<")):
		r.dialect = xmlDialect
	case bytes.HasPrefix(text, []byte("{")):
		r.dialect = jsonDialect
	case bytes.Contains(line, []byte("_content_cmd")):
		r.dialect = flatDialect
	case isMark(string(bytes.TrimSuffix(line, []byte("\r")))):
		r.dialect = datedDialect
	case isSeconds(string(line)):
		r.dialect = secondsDialect
	default:
		return fmt.Errorf("simroom: recording %s: not a recording that is known (frames, XML, lines of JSON, CSV, dated text)", r.name)
	}
	return nil
}

// items reads the recording. The sequence ends with an error where the file
// cannot be read further.
func (r *Recording) items(seed uint64) iter.Seq2[recorded, error] {
	return func(yield func(recorded, error) bool) {
		b, c, err := r.reader()
		if err != nil {
			yield(recorded{}, err)
			return
		}
		defer c.Close()
		cast := newCast(seed, r.name)
		switch r.dialect {
		case framesDialect:
			err = readFrames(b, yield)
		case packetsDialect:
			err = readPackets(b, yield)
		case xmlDialect:
			err = readXML(b, cast, yield)
		case jsonDialect:
			err = readJSONLines(b, cast, yield)
		case secondsDialect:
			err = readSeconds(b, cast, yield)
		case flatDialect:
			err = readFlat(b, yield)
		case datedDialect:
			err = readDated(b, cast, dateIn(r.name), yield)
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(recorded{}, fmt.Errorf("simroom: recording %s: %w", r.name, err))
		}
	}
}

// errEnough ends reading when nobody wants more.
var errEnough = errors.New("enough")

type yielder = func(recorded, error) bool

// lines calls do with every line, without its end. Spaces are part of a line.
func lines(b *bufio.Reader, do func(n int, line []byte) error) error {
	var long []byte
	for n := 1; ; {
		part, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if long = append(long, part...); len(long) > maxLine {
				return fmt.Errorf("line %d is longer than %d MB", n, maxLine>>20)
			}
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		line := part
		if long != nil {
			line = append(long, part...)
			long = nil
		}
		if len(line) > 0 {
			if err := do(n, bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		n++
	}
}

// cast plays the people of a recording that does not say who they were, and
// gives the comments their ids.
type cast struct {
	rng    *rand.Rand
	people map[string]*viewer
	crowd  []*viewer
	chats  int64
}

func newCast(seed uint64, name string) *cast {
	c := &cast{rng: rand.New(rand.NewPCG(seed, uint64(crc(name)))), people: map[string]*viewer{}}
	room := demoRoom
	for range 300 {
		c.crowd = append(c.crowd, newViewer(c.rng, &room))
	}
	return c
}

// somebody is one of the crowd.
func (c *cast) somebody() *viewer { return pick(c.rng, c.crowd) }

// person is the viewer of that name; a uid of 0 is made up from the name.
func (c *cast) person(uid int64, name string) *viewer {
	if uid == 0 {
		uid = 10_000_000 + int64(crc(name))
	}
	key := strconv.FormatInt(uid, 10) + name
	v := c.people[key]
	if v == nil {
		v = namedViewer(uid, name)
		v.face = "/bfs/face/" + hexString(c.rng, 40) + ".jpg"
		v.level = c.rng.IntN(40)
		if len(c.people) > 100_000 {
			clear(c.people)
		}
		c.people[key] = v
	}
	return v
}

// comment is a plain comment of a recording.
func (c *cast) comment(at time.Time, v *viewer, text string) happening {
	return happening{sort: sayComment, at: at, who: v, text: text, id: hexString(c.rng, 35),
		comment: &comment{mode: 1, color: 16777215, size: 25, rnd: at.Unix(), ct: strings.ToUpper(hexString(c.rng, 8))}}
}

// gift is one of a recording, which tells what was paid in all.
func (c *cast) gift(at time.Time, v *viewer, name string, num, coins int) happening {
	num = max(1, num)
	p := present{id: 30000 + int(crc(name)%9000), name: name, price: coins / num, silver: coins == 0}
	return happening{sort: giveGift, at: at, who: v, gift: &gift{combo: uuid(c.rng), running: num, runSum: coins,
		items: []item{{present: p, num: num, total: coins, tid: strconv.FormatInt(at.UnixMilli()*1_000_000+c.rng.Int64N(1_000_000), 10)}}}}
}

func (c *cast) superChat(at time.Time, v *viewer, text string, cny, seconds int) happening {
	if seconds <= 0 {
		seconds = tiers[tier(cny)].seconds
	}
	c.chats++
	return happening{sort: saySuperChat, at: at, who: v, text: text, id: chatID(at, c.chats),
		chat: &superChat{cny: cny, seconds: seconds, token: strings.ToUpper(hexString(c.rng, 8))}}
}

func (c *cast) guard(at time.Time, v *viewer, level, months int) happening {
	months = max(1, months)
	if level < 1 || level > 3 {
		level = 3
	}
	price := guardPrices[level] * months
	return happening{sort: guardToastV2, at: at, who: v, id: at.In(beijing).Format("0601021504") + strconv.FormatInt(100_000_000_000+c.rng.Int64N(900_000_000_000), 10),
		guard: &guard{level: level, months: months, price: price, list: price, count: 1}}
}

// command is a happening that is a recorded command, sent as it is.
func command(raw []byte) (happening, bool) {
	name, msgType, ok := commandName(raw)
	if !ok {
		return happening{}, false
	}
	return happening{sort: rawCommand, raw: raw, rawCmd: name, rawKind: kindOf(name, msgType), who: &viewer{}}, true
}

// kindOf is what a command becomes by the public contract.
func kindOf(name string, msgType int) event.Kind {
	switch name {
	case "DANMU_MSG", "DANMU_MSG_MIRROR":
		return event.KindComment
	case "SEND_GIFT", "SEND_GIFT_V2":
		return event.KindGift
	case "SUPER_CHAT_MESSAGE", "SUPER_CHAT_MESSAGE_JPN":
		return event.KindSuperChat
	case "SUPER_CHAT_MESSAGE_DELETE":
		return event.KindSuperChatDelete
	case "GUARD_BUY", "USER_TOAST_MSG", "USER_TOAST_MSG_V2":
		return event.KindGuard
	case "ENTRY_EFFECT", "ENTRY_EFFECT_MUST_RECEIVE":
		return event.KindEnter
	case "INTERACT_WORD", "INTERACT_WORD_V2":
		switch msgType {
		case 2, 4, 5:
			return event.KindFollow
		case 3:
			return event.KindShare
		case 6:
			return event.KindLike
		}
		return event.KindEnter
	case "LIKE_INFO_V3_CLICK":
		return event.KindLike
	case "LIKE_INFO_V3_UPDATE", "WATCHED_CHANGE", "ROOM_REAL_TIME_MESSAGE_UPDATE", "ONLINE_RANK_COUNT", "ONLINE_RANK_V2", "ONLINE_RANK_V3", "ONLINE_RANK_TOP3":
		return event.KindStats
	case "LIVE":
		return event.KindLive
	case "PREPARING":
		return event.KindOffline
	case "ROOM_CHANGE":
		return event.KindRoom
	case "WARNING", "CUT_OFF", "CUT_OFF_V2", "ROOM_BLOCK_MSG", "ROOM_SILENT_ON", "ROOM_SILENT_OFF", "RECALL_DANMU_MSG", "ROOM_ADMINS", "ROOM_ADMIN_REVOKE":
		return event.KindModeration
	case "POPULARITY_RED_POCKET_START", "POPULARITY_RED_POCKET_NEW", "POPULARITY_RED_POCKET_WINNER_LIST":
		return event.KindRedPacket
	case "ANCHOR_LOT_START", "ANCHOR_LOT_END", "ANCHOR_LOT_AWARD", "ANCHOR_LOT_CHECKSTATUS", "ANCHOR_LOT_NOTICE":
		return event.KindLottery
	case "NOTICE_MSG", "COMMON_NOTICE_DANMAKU", "SYS_MSG":
		return event.KindNotice
	}
	return event.KindOther
}
