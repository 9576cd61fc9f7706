package isa

import "testing"

func TestParse(t *testing.T) {
	for _, tier := range []Tier{Portable, AVX2, AVX512} {
		if got, err := Parse(tier.String()); got != tier || err != nil {
			t.Errorf("Parse(%q) = %v, %v", tier, got, err)
		}
	}
	if _, err := Parse("sse9"); err == nil {
		t.Error(`Parse("sse9") succeeded`)
	}
}

func TestSet(t *testing.T) {
	defer Set(Active())
	for _, tier := range Tiers() {
		if err := Set(tier); err != nil || Active() != tier {
			t.Errorf("Set(%v): %v, active %v", tier, err, Active())
		}
	}
	if err := Set(Best() + 1); err == nil {
		t.Errorf("Set(%d) succeeded on a machine with %v", Best()+1, Best())
	}
	t.Logf("tiers: %v", Tiers())
}
