package store

import "strings"

// Keys are mostly a short prefix and a long number or hexadecimal text, so half
// of an archive's row would be keys. packKey halves them. The form is part of
// the file format: the tables below only ever grow at their ends.
//
// A packed key is one byte (prefix<<3 | alphabet<<1 | odd) and the rest of the
// key: as it is (alphabet 0), or two characters a byte (1 and 2). Odd says that
// the last byte holds one character.
var (
	keyPrefixes  = [...]string{"", "dm:", "gift:", "sc:", "scdel:", "scjpn:", "guard:", "msg:", "enter:", "live:", "redpacket:", "lottery:", "import:", "video:"}
	keyAlphabets = [...]string{1: "0123456789abcdef", 2: "0123456789:-_./,"}
)

const maxKeyPrefixes = 32 // what fits in the first byte

// packKey returns the stored form of a key; nil for no key.
func packKey(key string) []byte {
	if key == "" {
		return nil
	}
	prefix := 0
	for i, p := range keyPrefixes {
		if len(p) > len(keyPrefixes[prefix]) && strings.HasPrefix(key, p) {
			prefix = i
		}
	}
	body := key[len(keyPrefixes[prefix]):]
	for a := 1; a < len(keyAlphabets); a++ {
		if b, ok := packNibbles(body, a); ok {
			b[0] = byte(prefix<<3 | a<<1 | len(body)&1)
			return b
		}
	}
	return append([]byte{byte(prefix << 3)}, body...)
}

// packNibbles packs body behind a byte left for the caller.
func packNibbles(body string, alphabet int) ([]byte, bool) {
	b := make([]byte, 1+(len(body)+1)/2)
	for i := range len(body) {
		c, n := body[i], 0
		switch { // what nearly all characters of keys are, without a search
		case '0' <= c && c <= '9':
			n = int(c - '0')
		case 'a' <= c && c <= 'f' && alphabet == 1:
			n = int(c-'a') + 10
		default:
			n = strings.IndexByte(keyAlphabets[alphabet], c)
		}
		if n < 0 {
			return nil, false
		}
		b[1+i/2] |= byte(n << (4 * (1 - i&1)))
	}
	return b, true
}

// unpackKey is the inverse of packKey. Bytes no version wrote give "".
func unpackKey(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	prefix, alphabet, odd := int(b[0]>>3), int(b[0]>>1&3), int(b[0]&1)
	if prefix >= len(keyPrefixes) || alphabet >= len(keyAlphabets) || len(b) == 1 && odd == 1 {
		return ""
	}
	if alphabet == 0 {
		return keyPrefixes[prefix] + string(b[1:])
	}
	s := make([]byte, 0, 64)
	s = append(s, keyPrefixes[prefix]...)
	for _, c := range b[1:] {
		s = append(s, keyAlphabets[alphabet][c>>4], keyAlphabets[alphabet][c&15])
	}
	return string(s[:len(s)-odd])
}

// keyHash is what the timeline index holds of a key: FNV-1a, folded to the 32
// bits that SQLite stores in four bytes. try counts the events of one room and
// millisecond that have the same hash and another key; see writer.insert.
func keyHash(key []byte, try int) int64 {
	h := uint64(14695981039346656037) + uint64(try)*0x9e3779b97f4a7c15
	for _, c := range key {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return int64(int32(h ^ h>>32))
}
