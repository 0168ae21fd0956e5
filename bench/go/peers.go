// Signing with crypto/sha1: with care, and as programs usually have it.
package main

import (
	crand "crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

var text [512]byte

// One buffer for all calls, one call for the hash, one allocation for what is handed out.
func signTuned(nonce string, timestamp int64) string {
	page, _, _ := strings.Cut(url, "#")
	b := append(text[:0], "jsapi_ticket="...)
	b = append(b, ticket...)
	b = append(b, "&noncestr="...)
	b = append(b, nonce...)
	b = append(b, "&timestamp="...)
	b = strconv.AppendInt(b, timestamp, 10)
	b = append(b, "&url="...)
	b = append(b, page...)
	sum := sha1.Sum(b)
	var digits [2 * sha1.Size]byte
	hex.Encode(digits[:], sum[:])
	return string(digits[:])
}

func signTypical(nonce string, timestamp int64) string {
	page := strings.Split(url, "#")[0]
	h := sha1.New()
	h.Write([]byte(fmt.Sprintf("jsapi_ticket=%s&noncestr=%s&timestamp=%d&url=%s", ticket, nonce, timestamp, page)))
	return fmt.Sprintf("%x", h.Sum(nil))
}

// The runtime's own generator, ChaCha8 with the system's seed: strong, and without a system
// call.
func nonceTuned() string {
	const alphabet = "0123456789abcdef"
	var digits [32]byte
	for half := range 2 {
		bits := rand.Uint64()
		for i := range 16 {
			digits[16*half+i] = alphabet[bits>>(4*i)&15]
		}
	}
	return string(digits[:])
}

func nonceTypical() string {
	bytes := make([]byte, 16)
	if _, err := crand.Read(bytes); err != nil {
		panic(err)
	}
	return hex.EncodeToString(bytes)
}
