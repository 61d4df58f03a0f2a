package main

import (
	"bytes"
	"math/bits"
	"strconv"
)

// A stamp is the text that a message carries through whatever server is
// measured: when it was sent, and the how-manieth it is.
type stamp struct {
	at  int64 // nanoseconds since this process began
	seq uint32
}

const stampSize = 2 + 16 + 8

// appendStamp writes "#~", 16 hexadecimal digits of time and 8 of number.
func appendStamp(dst []byte, s stamp) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, "#~"...)
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[s.at>>shift&15])
	}
	for shift := 28; shift >= 0; shift -= 4 {
		dst = append(dst, digits[s.seq>>shift&15])
	}
	return dst
}

// nextStamp finds the first stamp of a message and what follows it. It looks
// first where another message had it, and keeps where it was.
func nextStamp(b []byte, where *int) (s stamp, rest []byte, ok bool) {
	i := *where
	if len(b) < i+stampSize || b[i] != '#' || b[i+1] != '~' {
		if i = bytes.Index(b, []byte("#~")); i < 0 || len(b) < i+stampSize {
			return s, nil, false
		}
		*where = i
	}
	at, err1 := unhex(b[i+2 : i+18])
	seq, err2 := unhex(b[i+18 : i+26])
	return stamp{int64(at), uint32(seq)}, b[i+stampSize:], err1 && err2
}

// digits are the values of hexadecimal digits; 16: no digit.
var digits = func() (d [256]byte) {
	for i := range d {
		d[i] = 16
	}
	for i, c := range "0123456789abcdef" {
		d[c] = byte(i)
	}
	return d
}()

func unhex(b []byte) (v uint64, ok bool) {
	bad := byte(0)
	for _, c := range b {
		d := digits[c]
		bad |= d
		v = v<<4 | uint64(d&15)
	}
	return v, bad < 16
}

// line is what the publisher hands to a peer: JSON of about size bytes.
func line(dst []byte, s stamp, size int) []byte {
	from := len(dst)
	dst = append(dst, `{"cmd":"DANMU_MSG","text":"`...)
	dst = appendStamp(dst, s)
	dst = append(dst, `","n":`...)
	dst = strconv.AppendUint(dst, uint64(s.seq), 10)
	dst = append(dst, `,"rest":"`...)
	for len(dst)-from < size-2 {
		dst = append(dst, 'x')
	}
	return append(dst, "\"}\n"...)
}

// histogram counts durations in steps of 1/32 of a power of two.
type histogram struct {
	n     [64 * 32]int64
	total int64
}

func (h *histogram) add(ns int64) {
	v := uint64(max(ns, 0))
	slot := int(v)
	if v >= 32 {
		e := bits.Len64(v) - 6
		slot = (e+1)*32 + int(v>>e) - 32
	}
	h.n[slot]++
	h.total++
}

// quantile is in milliseconds.
func (h *histogram) quantile(q float64) float64 {
	left := int64(q * float64(h.total))
	for i, n := range h.n {
		if left -= n; left < 0 {
			if i < 32 {
				return float64(i) / 1e6
			}
			return float64(uint64(i%32+32)<<(i/32-1)) / 1e6
		}
	}
	return 0
}
