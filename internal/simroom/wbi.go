package simroom

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wbiOrder picks the signing key out of the two published ones; only its
// first 32 places are used (protocol.md 2.2).
var wbiOrder = [32]int{46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35, 27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14, 39, 12, 38, 41, 13}

// wbiKeys are the two keys of a period; the platform is said to change them
// every day.
func wbiKeys(seed uint64, period int64) (img, sub string) {
	rng := rand.New(rand.NewPCG(seed, uint64(period)))
	return hexString(rng, 32), hexString(rng, 32)
}

// checkWBI checks the signature of a query: w_rid is the MD5 of all other
// parameters, sorted, and the key; wts is when it was signed.
func checkWBI(q url.Values, img, sub string, now time.Time) error {
	rid, wts := q.Get("w_rid"), q.Get("wts")
	if rid == "" || wts == "" {
		return errors.New("w_rid or wts is missing")
	}
	signed, err := strconv.ParseInt(wts, 10, 64)
	if err != nil {
		return fmt.Errorf("wts %q is not a number", wts)
	}
	if age := now.Sub(time.Unix(signed, 0)); age.Abs() > 10*time.Minute {
		return fmt.Errorf("wts is %v off the platform's clock", age.Round(time.Second))
	}
	if want := wbiSign(q, img, sub); rid != want {
		return fmt.Errorf("w_rid is %s, should be %s", rid, want)
	}
	return nil
}

func wbiSign(q url.Values, img, sub string) string {
	raw := img + sub
	var mixin [32]byte
	for i, at := range wbiOrder {
		mixin[i] = raw[at]
	}
	var keys []string
	for k := range q {
		if k != "w_rid" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteByte('&')
		}
		value := strings.Map(func(c rune) rune {
			if strings.ContainsRune("!'()*", c) {
				return -1
			}
			return c
		}, q.Get(k))
		b.WriteString(component(k) + "=" + component(value))
	}
	b.Write(mixin[:])
	sum := md5.Sum([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// component escapes like encodeURIComponent, but for !'()* which are gone.
func component(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
