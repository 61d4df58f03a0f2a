package store

import (
	"strings"
	"testing"
)

func TestPackedKeyIsTheKey(t *testing.T) {
	for _, key := range []string{
		"", "x", ":", "dm:", "dm:a", "dm:03eecb79830727ed026188ec7467e6d45077", "dm:03EE", "gift:4623470640584770048",
		"enter:1661528426687646500:3493091234567890", "msg:26964930181741056:1000:1000", "msg:d09b58ac-278f-4bf6-bd1e-481b548fc336",
		"scdel:12,13", "unknown:42", "0", "00", "草", "dm:草", "sc:\x00", strings.Repeat("9", 300),
	} {
		b := packKey(key)
		if got := unpackKey(b); got != key {
			t.Errorf("%q came back as %q (% x)", key, got, b)
		}
	}
	if n := len(packKey("dm:03eecb79830727ed026188ec7467e6d45077")); n != 19 {
		t.Errorf("the key of a comment takes %d bytes, want 19", n)
	}
}

func TestKeyTablesFitTheirByte(t *testing.T) {
	if len(keyPrefixes) > maxKeyPrefixes {
		t.Errorf("%d prefixes, at most %d fit", len(keyPrefixes), maxKeyPrefixes)
	}
	for _, a := range keyAlphabets[1:] {
		if len(a) != 16 {
			t.Errorf("alphabet %q has %d characters", a, len(a))
		}
	}
}

func FuzzUnpackKey(f *testing.F) {
	f.Add([]byte{0x09, 0xf0})
	f.Add([]byte{0x03})
	f.Add([]byte("\x00text"))
	f.Fuzz(func(t *testing.T, b []byte) {
		key := unpackKey(b)
		if key != "" && unpackKey(packKey(key)) != key {
			t.Errorf("% x: %q does not survive", b, key)
		}
	})
}

func FuzzPackKey(f *testing.F) {
	for _, k := range []string{"dm:12ab", "msg:1:2:3", "sc:", "\xff\x00"} {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if got := unpackKey(packKey(key)); got != key {
			t.Errorf("%q came back as %q", key, got)
		}
	})
}
