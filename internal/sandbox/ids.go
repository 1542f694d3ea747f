package sandbox

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// mint makes ids in the form of Alloy's users, credentials and executions: 24 hex digits of a time in seconds, a number
// of the process and a counter, so that they sort by age.
type mint struct {
	process [5]byte
	count   atomic.Uint32
}

func newMint() *mint {
	m := &mint{}
	_, _ = rand.Read(m.process[:]) // never fails: it ends the process instead
	return m
}

func (m *mint) next(now time.Time) string {
	var raw [12]byte
	binary.BigEndian.PutUint32(raw[:4], uint32(now.Unix())) // wraps in 2106
	binary.BigEndian.PutUint32(raw[8:], m.count.Add(1))
	copy(raw[4:9], m.process[:]) // the counter keeps three bytes
	return hex.EncodeToString(raw[:])
}

func isObjectID(id string) bool {
	if len(id) != 24 {
		return false
	}
	_, err := hex.DecodeString(id)
	return err == nil
}

// secretToken has 256 bits.
func secretToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// correlationID has the form of a version 4 UUID.
func correlationID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:])
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[0:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
}

// Record ids are drawn from one sequence for all accounts, so that an id used in the wrong account is found nowhere.

func hubspotID(seq uint64) string   { return strconv.FormatUint(166643419988+seq, 10) }
func copperID(seq uint64) string    { return strconv.FormatUint(78757049+seq, 10) }
func zohoID(seq uint64) string      { return strconv.FormatUint(3652397000003852094+seq, 10) }
func pipedriveID(seq uint64) string { return strconv.FormatUint(seq, 10) }
func acornID(seq uint64) string     { return fmt.Sprintf("acn-%06d", seq) }

const base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// salesforceID has 15 case-sensitive characters and a suffix of three that makes them safe where case is lost.
func salesforceID(prefix string, seq uint64) string {
	id := []byte(prefix + "Hs00000AAAAA")
	for i := len(id) - 1; seq > 0 && i > len(prefix); i-- {
		id[i] = base62[seq%62]
		seq /= 62
	}
	return string(id) + salesforceSuffix(string(id))
}

// salesforceSuffix encodes which of each five characters are capitals.
func salesforceSuffix(id string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
	var suffix [3]byte
	for chunk := range suffix {
		bits := 0
		for i, c := range id[chunk*5 : chunk*5+5] {
			if c >= 'A' && c <= 'Z' {
				bits |= 1 << i
			}
		}
		suffix[chunk] = digits[bits]
	}
	return string(suffix[:])
}
