// Package isa says which instructions the CPU kernels may use.
//
// There is one choice for the whole process, made at start from what the machine has. The environment variable
// HEKLA_CPU (portable, avx2, avx512, neon) lowers it, and tests move it with Set. With the build tag noasm, and on
// other processors than amd64 and arm64, only Portable exists.
package isa

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"
)

// Tier is a set of instructions. Of the tiers that a machine has, a higher one includes the lower ones.
type Tier int32

const (
	Portable Tier = iota // plain Go
	AVX2                 // AVX2, FMA, BMI2 and F16C
	AVX512               // AVX-512 F, BW, VL and DQ, besides AVX2
	NEON                 // what every arm64 has
)

var names = [...]string{"portable", "avx2", "avx512", "neon"}

// String returns the name that Parse and HEKLA_CPU take.
func (t Tier) String() string { return names[t] }

// Parse returns the tier of that name.
func Parse(name string) (Tier, error) {
	for t, n := range names {
		if n == name {
			return Tier(t), nil
		}
	}
	return Portable, fmt.Errorf("isa: unknown tier %q (have portable, avx2, avx512, neon)", name)
}

// tiers are those of this machine and build, lowest first.
var tiers = append([]Tier{Portable}, detect()...)

// active is atomic so that tests may move it while workers of package par poll; a load costs what a plain one does.
var active atomic.Int32

func init() {
	active.Store(int32(Best()))
	name := os.Getenv("HEKLA_CPU")
	if name == "" {
		return
	}
	t, err := Parse(name)
	if err == nil {
		err = Set(t)
	}
	if err != nil {
		// A wrong wish must neither pass unseen nor keep the program from running.
		fmt.Fprintf(os.Stderr, "hekla: HEKLA_CPU=%s: %v; using %s\n", name, err, Best())
	}
}

// Best returns the highest tier of this machine and build.
func Best() Tier { return tiers[len(tiers)-1] }

// Active returns the tier in use.
func Active() Tier { return Tier(active.Load()) }

// Set makes t the tier in use, for tests. It fails if the machine or the build lacks t.
func Set(t Tier) error {
	if !slices.Contains(tiers, t) {
		return fmt.Errorf("isa: tier %d: this build has only %v on this machine", t, tiers)
	}
	active.Store(int32(t))
	return nil
}

// Tiers returns the tiers this machine and build have, lowest first: what a test runs through.
func Tiers() []Tier { return slices.Clone(tiers) }
