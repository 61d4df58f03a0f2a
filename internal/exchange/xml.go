package exchange

import (
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"danmaku/event"
)

// xmlHead must begin with exactly these bytes: danmaku2ass takes a file for
// Bilibili's only when <i follows the declaration at once.
const xmlHead = `<?xml version="1.0" encoding="UTF-8"?><i>
  <chatserver>chat.bilibili.com</chatserver>
  <chatid>0</chatid>
  <mission>0</mission>
  <maxlimit>1000</maxlimit>
  <state>0</state>
  <real_name>0</real_name>
  <source>0</source>
`

// WriteXML writes comments, super chats, gifts and guards in the dialect of
// BililiveRecorder: times in seconds from the recording's start, the send time
// in milliseconds, the uid in clear. With o.Raw each element has its part of
// the command in the attribute raw. Attributes beyond the dialect, which its
// readers skip: key, the identity of the event; uid where it is not a number;
// cointype, price and total (thousandths of CNY, as blrec writes them).
func WriteXML(w io.Writer, events Events, o Options) (Summary, error) {
	var sum Summary
	out := newOutput(w)
	out.text(xmlHead)
	line := newTimeline(o.Recording)
	opened := false
	for e, err := range events {
		if err != nil {
			return sum, err
		}
		if !inXML(&e) {
			sum.Left++
			continue
		}
		pos := line.position(&e)
		if !opened {
			opened = true
			if o.Recording.Room == 0 {
				o.Recording.Room = e.Room
			}
			out.line = appendRecordInfo(out.line, o.Recording, line.start)
		}
		switch {
		case e.Comment != nil:
			out.line = appendXMLComment(out.line, &e, pos)
		case e.Gift != nil:
			out.line = appendXMLGift(out.line, &e, pos)
		case e.SuperChat != nil:
			out.line = appendXMLSuperChat(out.line, &e, pos)
		default:
			out.line = appendXMLGuard(out.line, &e, pos)
		}
		if o.Raw {
			out.line = appendXMLRaw(out.line, &e)
		}
		switch {
		case e.Comment != nil:
			out.line = appendXMLText(append(out.line, '>'), e.Comment.Text)
			out.line = append(out.line, "</d>\n"...)
		case e.SuperChat != nil:
			out.line = appendXMLText(append(out.line, '>'), e.SuperChat.Text)
			out.line = append(out.line, "</sc>\n"...)
		default:
			out.line = append(out.line, "/>\n"...)
		}
		out.flush()
		if out.err != nil {
			break
		}
		sum.Written++
	}
	if !opened {
		out.line = appendRecordInfo(out.line, o.Recording, line.start)
		out.flush()
	}
	out.text("</i>\n")
	return sum, out.close(XML)
}

// inXML: what the dialect has elements for, once each.
func inXML(e *event.Event) bool {
	return e.Of == "" && (e.Comment != nil || e.Gift != nil || e.SuperChat != nil || e.Guard != nil)
}

func appendRecordInfo(dst []byte, r Recording, start event.Millis) []byte {
	dst = append(dst, `  <BililiveRecorderRecordInfo roomid="`...)
	dst = strconv.AppendInt(dst, int64(r.Room), 10)
	dst = append(dst, `" shortid="`...)
	dst = strconv.AppendInt(dst, int64(r.ShortID), 10)
	dst = appendAttr(dst, `" name="`, r.Streamer)
	dst = appendAttr(dst, `" title="`, r.Title)
	dst = appendAttr(dst, `" areanameparent="`, r.ParentArea)
	dst = appendAttr(dst, `" areanamechild="`, r.Area)
	dst = append(dst, `" start_time="`...)
	dst = time.UnixMilli(int64(start)).In(china).AppendFormat(dst, "2006-01-02T15:04:05.0000000-07:00")
	return append(dst, "\" />\n"...)
}

// china is the platform's time zone; it has had no summer time since 1991.
var china = time.FixedZone("UTC+8", 8*60*60)

func appendXMLComment(dst []byte, e *event.Event, pos int64) []byte {
	c := e.Comment
	dst = append(dst, `  <d p="`...)
	dst = appendSeconds(dst, pos)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, int64(modeNumber(c.Mode)), 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, int64(c.Size), 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, int64(colorNumber(c.Color, white)), 10)
	dst = append(dst, ',')
	at := e.At
	if at == 0 {
		at = e.Received
	}
	dst = strconv.AppendInt(dst, int64(at), 10)
	dst = append(dst, ",0,"...)
	id, number := "0", true
	if e.User != nil && e.User.ID != "" {
		if number = decimal(e.User.ID); number {
			id = e.User.ID
		}
	}
	dst = append(append(dst, id...), ",0"...)
	if e.User != nil {
		dst = appendAttr(dst, `" user="`, e.User.Name)
		if !number {
			dst = appendAttr(dst, `" uid="`, e.User.ID)
		}
	}
	return appendKey(dst, e)
}

func appendXMLGift(dst []byte, e *event.Event, pos int64) []byte {
	g := e.Gift
	dst = append(dst, `  <gift ts="`...)
	dst = appendSeconds(dst, pos)
	dst = appendXMLUser(dst, e)
	dst = appendAttr(dst, `" giftname="`, g.Name)
	dst = appendIntAttr(dst, `" giftcount="`, int64(g.Count))
	coin := "银瓜子"
	if g.Paid {
		coin = "金瓜子"
	}
	dst = appendAttr(dst, `" cointype="`, coin)
	dst = appendIntAttr(dst, `" price="`, int64(g.UnitPrice))
	dst = appendIntAttr(dst, `" total="`, int64(g.Total))
	return appendSent(dst, e)
}

func appendXMLSuperChat(dst []byte, e *event.Event, pos int64) []byte {
	s := e.SuperChat
	dst = append(dst, `  <sc ts="`...)
	dst = appendSeconds(dst, pos)
	dst = appendXMLUser(dst, e)
	dst = append(dst, `" price="`...)
	dst = appendYuan(dst, s.Price)
	dst = appendIntAttr(dst, `" time="`, int64(s.Seconds))
	return appendSent(dst, e)
}

func appendXMLGuard(dst []byte, e *event.Event, pos int64) []byte {
	g := e.Guard
	dst = append(dst, `  <guard ts="`...)
	dst = appendSeconds(dst, pos)
	dst = appendXMLUser(dst, e)
	dst = appendIntAttr(dst, `" level="`, int64(g.Level))
	dst = appendIntAttr(dst, `" count="`, int64(g.Count))
	dst = appendAttr(dst, `" giftname="`, g.Name)
	dst = appendAttr(dst, `" unit="`, g.Unit)
	dst = appendIntAttr(dst, `" price="`, int64(g.Price))
	return appendSent(dst, e)
}

func appendXMLUser(dst []byte, e *event.Event) []byte {
	if e.User == nil {
		return dst
	}
	dst = appendAttr(dst, `" user="`, e.User.Name)
	if e.User.ID != "" {
		dst = appendAttr(dst, `" uid="`, e.User.ID)
	}
	return dst
}

// appendSent gives what d has in p and the other elements lack: the platform's
// time of the event.
func appendSent(dst []byte, e *event.Event) []byte {
	if e.At != 0 {
		dst = appendIntAttr(dst, `" sent="`, int64(e.At))
	}
	return appendKey(dst, e)
}

func appendKey(dst []byte, e *event.Event) []byte {
	if e.Key != "" {
		dst = appendAttr(dst, `" key="`, e.Key)
	}
	return append(dst, '"')
}

// appendXMLRaw gives the part of a command the dialect keeps: info of a
// comment, data of all others.
func appendXMLRaw(dst []byte, e *event.Event) []byte {
	name := "data"
	if e.Comment != nil {
		name = "info"
	}
	part := member(e.Raw, name)
	if part == nil {
		return dst
	}
	dst = append(dst, ` raw="`...)
	dst = appendEscaped(dst, string(part), true)
	return append(dst, '"')
}

func appendIntAttr(dst []byte, name string, v int64) []byte {
	return strconv.AppendInt(append(dst, name...), v, 10)
}

func appendAttr(dst []byte, name, value string) []byte {
	return appendEscaped(append(dst, name...), value, true)
}

func appendXMLText(dst []byte, s string) []byte { return appendEscaped(dst, s, false) }

// appendEscaped appends s as XML text or attribute value. Characters XML does
// not allow, and those BililiveRecorder leaves out because readers choke on
// them (C1 controls, U+FEFF), are left out; broken UTF-8 becomes U+FFFD.
func appendEscaped(dst []byte, s string, attr bool) []byte {
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			esc := xmlEscapes[b]
			if esc == "" || !attr && (b == '"' || b == '\n' || b == '\t') {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			if esc != drop {
				dst = append(dst, esc...)
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), "\ufffd"...)
			i++
			start = i
		case r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff:
			dst = append(dst, s[start:i]...)
			i += size
			start = i
		default:
			i += size
		}
	}
	return append(dst, s[start:]...)
}

const drop = "\x00"

// xmlEscapes holds what stands for an ASCII character; "": itself.
var xmlEscapes = func() (t [utf8.RuneSelf]string) {
	for i := range 0x20 {
		t[i] = drop
	}
	t[0x7f] = drop
	t['\t'], t['\n'], t['\r'] = "&#9;", "&#10;", "&#13;"
	t['&'], t['<'], t['>'], t['"'] = "&amp;", "&lt;", "&gt;", "&quot;"
	return t
}()
