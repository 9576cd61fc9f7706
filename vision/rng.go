package vision

// An rng is SplitMix64, which is the same everywhere and quick to seed.
//
// https://prng.di.unimi.it/splitmix64.c
type rng struct{ state uint64 }

// newRNG returns stream k of a seed.
func newRNG(seed, k uint64) rng {
	r := rng{seed}
	r.state = r.next() ^ k*0xd1342543de82ef95
	r.state = r.next()
	return r
}

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns 0 <= x < n. n is small, so that the bias is nothing.
func (r *rng) below(n int) int { return int((r.next() >> 32) * uint64(n) >> 32) }

// between returns lo <= x <= hi.
func (r *rng) between(lo, hi int) int { return lo + r.below(hi-lo+1) }
