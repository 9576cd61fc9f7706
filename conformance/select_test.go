package conformance

import "testing"

func TestCandidates(t *testing.T) {
	every := len(candidates(nil))
	for pattern, want := range map[string]int{
		`^add/`:              1,
		`^(add|sub)/.*case`:  2,
		`^add/|^sub/`:        every, // an alternative beyond the name
		`^(add/|sub/)`:       every,
		`add/`:               every,
		`^nosuch/`:           0,
		`^softmax/0/wrt 0,1`: 1,
	} {
		if got := len(candidates(mustCompile(pattern))); got != want {
			t.Errorf("%s: %d ops, want %d", pattern, got, want)
		}
	}
}
