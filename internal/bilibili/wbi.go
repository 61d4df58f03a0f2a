package bilibili

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mixinOrder picks the 32 characters of the mixin key out of img_key+sub_key
// (protocol.md 2.2; only the first row of the table is ever used).
var mixinOrder = [32]int{46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35,
	27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14, 39, 12, 38, 41, 13}

// mixinKey returns the key that signs, or "" when the parts are not 32
// characters each.
func mixinKey(img, sub string) string {
	raw := img + sub
	if len(img) != 32 || len(sub) != 32 {
		return ""
	}
	var key [32]byte
	for i, at := range mixinOrder {
		key[i] = raw[at]
	}
	return string(key[:])
}

// wbiKeyOf returns the key in an address of nav's wbi_img: the file's name
// without its extension.
func wbiKeyOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	name := path.Base(u.Path)
	return strings.TrimSuffix(name, path.Ext(name))
}

// signWBI returns the query of params with wts and w_rid, signed at the moment
// at. The caller's map stays as it is: clients that changed it damaged what
// they sent (protocol.md 6.4).
func signWBI(params map[string]string, mixin string, at time.Time) string {
	signed := maps.Clone(params)
	if signed == nil {
		signed = map[string]string{}
	}
	signed["wts"] = strconv.FormatInt(at.Unix(), 10)
	sum := md5.Sum([]byte(wbiQuery(signed) + mixin))
	signed["w_rid"] = hex.EncodeToString(sum[:])
	return encodeQuery(signed, func(s string) string { return s })
}

// wbiQuery is the text that is signed: keys sorted, `!'()*` dropped from the
// values, written as encodeURIComponent does.
func wbiQuery(params map[string]string) string {
	drop := strings.NewReplacer("!", "", "'", "", "(", "", ")", "", "*", "")
	return encodeQuery(params, drop.Replace)
}

func encodeQuery(params map[string]string, value func(string) string) string {
	var b strings.Builder
	for i, k := range slices.Sorted(maps.Keys(params)) {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(encodeURIComponent(k))
		b.WriteByte('=')
		b.WriteString(encodeURIComponent(value(params[k])))
	}
	return b.String()
}

// encodeURIComponent writes a space as %20, where url.QueryEscape writes +.
func encodeURIComponent(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
