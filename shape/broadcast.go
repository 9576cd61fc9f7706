package shape

import (
	"fmt"
	"slices"
)

// Broadcast returns the shape that all the given shapes stretch to by NumPy's
// rule: aligned at the last axis, sizes must be equal or 1.
func Broadcast(shapes ...[]int) ([]int, error) {
	if len(shapes) == 0 {
		return nil, nil
	}
	out := shapes[0]
	for _, s := range shapes[1:] {
		if slices.Equal(out, s) {
			continue
		}
		long, short := out, s
		if len(long) < len(short) {
			long, short = short, long
		}
		r := slices.Clone(long)
		off := len(long) - len(short)
		for i, d := range short {
			switch e := r[off+i]; {
			case e == d || d == 1:
			case e == 1:
				r[off+i] = d
			default:
				return nil, fmt.Errorf("shape: cannot broadcast %v: sizes %d and %d differ at axis %d from the end", shapes, e, d, len(short)-i)
			}
		}
		out = r
	}
	return out, nil
}

// BroadcastAxes returns the axes of to along which from was stretched to reach
// it: those a gradient must be summed over. The second list, a subset, holds
// those that from has with size 1; the others from lacks.
func BroadcastAxes(from, to []int) (all, kept []int) {
	off := len(to) - len(from)
	for i, d := range to {
		if i < off {
			all = append(all, i)
		} else if from[i-off] == 1 && d != 1 {
			all = append(all, i)
			kept = append(kept, i)
		}
	}
	return all, kept
}
