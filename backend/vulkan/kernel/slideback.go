package kernel

import "github.com/hekla-ml/hekla/backend/vulkan/spirv"

// back adds up what the windows pass back that hold some columns of some rows: a
// share of each, or all of it to the place of the largest. It goes over them in order.
func (l *slide) back(i spirv.Value) {
	windows, high := l.Columns/l.Stride, l.Down.Stride
	zero, one := l.zero(l.t.Type(l.kind)), l.Word(1)
	tall := l.whole[1].Add(l.Word(uint32(high - 1))).Div(l.Word(uint32(high)))
	plane, at, part := l.part(i, []spirv.Value{l.whole[0], tall})
	sums := make([][]spirv.Var, high)
	for y := range sums {
		for range l.Columns {
			sums[y] = append(sums[y], l.Var(zero))
		}
	}
	first := at[1].Mul(l.Word(uint32(high))) // row
	flat := at[0].Mul(l.whole[1]).Add(first).Mul(l.whole[2]).Add(part.Mul(l.Word(uint32(l.Columns))))
	from, to := l.Sliding.windows(l.Columns)
	top, bottom := l.Down.windows(high)
	var across []extent
	for r := from; r <= to && l.Pool == PoolSpread; r++ {
		across = append(across, l.window(part, r))
	}
	lo, hi := l.Word(0), one
	if l.Deep {
		lo, hi = l.touching(0, at[0])
	}
	l.planes(lo, hi, func(z spirv.Value) {
		for down := top; down <= bottom; down++ {
			y := at[1].Add(l.Word(uint32(down)))
			in := y.Less(l.count[1])
			y = in.Select(y, l.Word(0))
			row := l.row(plane, z, y, l.count)
			g := l.floats(l.start[0].Add(row), part, l.count[2], windows, from, to, l.Whole && windows > 1)
			var largest stretch
			var outer []extent
			if l.Pool == PoolSpread {
				outer = l.outer(z, y)
			} else {
				largest = l.places(l.start[1].Add(row), part, windows, from, to)
			}
			for r := from; r <= to; r++ {
				v, inside := g.at(r)
				if l.Pool == PoolSpread {
					w := l.weight(append(outer[:len(outer):len(outer)], across[r-from]), l.divisor, l.exclude)
					v = v.Div(w.UnsignedToReal(l.t.Real))
				}
				v = inside.And(in).Select(v, zero)
				for k := range sums {
					for j := range sums[k] {
						if !l.Down.holds(down, k) || !l.holds(r, j) {
							continue
						}
						w := v
						if l.Pool == PoolBack {
							place, _ := largest.at(r)
							here := flat.Add(l.Word(uint32(k)).Mul(l.whole[2])).Add(l.Word(uint32(j)))
							w = place.Equal(here).Select(v, zero)
						}
						sums[k][j].Set(sums[k][j].Get().Add(w))
					}
				}
			}
		}
	})
	b := l.Buffers() - 1
	for k := range sums {
		y := first.Add(l.Word(uint32(k)))
		l.ifInside(k, y, l.whole[1], func() {
			values := make([]spirv.Value, l.Columns)
			for j := range values {
				values[j] = sums[k][j].Get()
			}
			l.write(b, l.start[b].Add(l.row(plane, at[0], y, l.whole)), part, l.whole[2], values, l.Wide)
		})
	}
}

// places reads the places of the largest elements, as stretch does.
func (l *slide) places(begin, part spirv.Value, windows, from, to int) stretch {
	return l.stretch(begin, part, l.count[2], windows, from, to, l.Whole && windows > 1,
		func(at spirv.Value) spirv.Value { return l.Load(1, at.Shl(l.Word(1))) },
		func(at spirv.Value) (low []spirv.Value) {
			all := l.LoadWide(1, at.Div(l.Word(uint32(windows))), 2*windows, l.Long)
			for k := 0; k < len(all); k += 2 {
				low = append(low, all[k])
			}
			return low
		})
}
