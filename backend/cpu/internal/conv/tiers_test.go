package conv

import (
	"testing"

	"github.com/hekla-ml/hekla/backend/cpu/internal/isa"
)

// onTiers runs f on every tier of this machine.
func onTiers(t *testing.T, f func(t *testing.T)) {
	best := isa.Active()
	defer isa.Set(best)
	for _, tier := range isa.Tiers() {
		if err := isa.Set(tier); err != nil {
			t.Fatal(err)
		}
		t.Run(tier.String(), f)
	}
}
