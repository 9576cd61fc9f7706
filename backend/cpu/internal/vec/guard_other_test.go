//go:build !linux

package vec

import "testing"

func guarded(t testing.TB, n int) []byte { return make([]byte, n) }
