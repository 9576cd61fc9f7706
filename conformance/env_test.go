package conformance

import (
	"maps"
	"slices"
	"testing"
)

func TestFromEnv(t *testing.T) {
	t.Setenv("HEKLA_DRAW", "3/8")
	t.Setenv("HEKLA_SEED", "7")
	t.Setenv("HEKLA_CASES", "")
	o, err := FromEnv(Options{Short: true})
	if err != nil || o.Draw != 3 || o.oneIn() != 8 || o.Seed != 7 || o.Run != nil {
		t.Errorf("got %+v, %v", o, err)
	}
	t.Setenv("HEKLA_CASES", "^add/")
	if o, err = FromEnv(Options{Short: true}); err != nil || o.Run == nil || o.oneIn() != 8 {
		t.Errorf("got %+v, %v", o, err)
	}
	for name, bad := range map[string]string{"HEKLA_DRAW": "3", "HEKLA_SEED": "x", "HEKLA_CASES": "("} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, bad)
			if _, err := FromEnv(Options{}); err == nil {
				t.Errorf("%s=%s: want an error", name, bad)
			}
		})
	}
}

// Successive draws are all cases.
func TestDraws(t *testing.T) {
	all, left := cases(Options{Run: mustCompile("^(add|matmul)/")})
	want := map[string]bool{}
	for _, c := range all {
		want[c.name] = true
	}
	got := map[string]bool{}
	for i := range 8 {
		some, others := cases(Options{Run: mustCompile("^(add|matmul)/"), OneIn: 8, Draw: i})
		if len(some)+others != len(all) || len(some) > len(all)/4 {
			t.Errorf("draw %d: %d cases and %d left of %d", i, len(some), others, len(all))
		}
		for _, c := range some {
			got[c.name] = true
			for _, a := range slices.Concat(c.sample.In, c.other.In) {
				if len(a.Data) != elements(a) {
					t.Fatalf("%s: %d numbers in %v", c.name, len(a.Data), a.Shape())
				}
			}
		}
	}
	if left != 0 || !maps.Equal(got, want) {
		t.Errorf("eight draws are %d of %d cases, and %d were left", len(got), len(want), left)
	}
}
