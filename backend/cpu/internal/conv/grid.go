package conv

// A grid is how planes of an operand are copied: element u of an axis goes to
// u+pad, in phase (u+pad) mod stride, where it is number (u+pad) div stride of
// size. What falls outside is left out, what nothing falls on is 0.
type grid struct {
	from              [3]int // size of the operand
	stride, pad, size [3]int
}

// plane returns the number of elements of one plane's copy.
func (l *grid) plane() int { return volume(l.stride) * volume(l.size) }

// at returns the place of element u, in coordinates of the padded operand,
// that is not negative.
func (l *grid) at(u [3]int) int {
	phase, i := 0, 0
	for a := range u {
		phase = phase*l.stride[a] + u[a]%l.stride[a]
		i = i*l.size[a] + u[a]/l.stride[a]
	}
	return phase*volume(l.size) + i
}

// run returns how many positions in a row count elements of the grid cover,
// with what lies between them.
func (l *grid) run(count [3]int) int {
	return ((count[0]-1)*l.size[1]+count[1]-1)*l.size[2] + count[2]
}

// reach returns the range of elements of axis a that land on the grid.
func (l *grid) reach(a int) (lo, hi int) {
	return max(0, -l.pad[a]), min(l.from[a], l.size[a]*l.stride[a]-l.pad[a])
}

// fill copies one plane.
func fill[T float](l *grid, dst, src []T) {
	dst = dst[:l.plane()]
	z0, z1 := l.reach(0)
	y0, y1 := l.reach(1)
	x0, x1 := l.reach(2)
	if x0 >= x1 || y0 >= y1 || z0 >= z1 {
		clear(dst)
		return
	}
	if l.stride == [3]int{1, 1, 1} {
		// Rows go to dst in order, and zeros only between them.
		done := 0
		for z := z0; z < z1; z++ {
			at := ((z+l.pad[0])*l.size[1]+y0+l.pad[1])*l.size[2] + x0 + l.pad[2]
			for y := y0; y < y1; y++ {
				for i := range dst[done:at] {
					dst[done+i] = 0
				}
				done = at + copy(dst[at:], src[(z*l.from[1]+y)*l.from[2]:][x0:x1])
				at += l.size[2]
			}
		}
		clear(dst[done:])
		return
	}
	clear(dst)
	for z := z0; z < z1; z++ {
		for y := y0; y < y1; y++ {
			row := src[(z*l.from[1]+y)*l.from[2]:]
			if l.stride[2] == 1 {
				copy(dst[l.at([3]int{z + l.pad[0], y + l.pad[1], x0 + l.pad[2]}):], row[x0:x1])
				continue
			}
			s := l.stride[2]
			if s == 2 {
				// Elements take turns in two phases.
				first := dst[l.at([3]int{z + l.pad[0], y + l.pad[1], x0 + l.pad[2]}):]
				second := first
				if x1-x0 > 1 {
					second = dst[l.at([3]int{z + l.pad[0], y + l.pad[1], x0 + 1 + l.pad[2]}):]
				}
				split(first, second, row[x0:x1])
				continue
			}
			for first := x0; first < min(x0+s, x1); first++ {
				to := dst[l.at([3]int{z + l.pad[0], y + l.pad[1], first + l.pad[2]}):]
				for i, x := 0, first; x < x1; i, x = i+1, x+s {
					to[i] = row[x]
				}
			}
		}
	}
}

// splitPortable moves elements of src to first and second in turns.
func splitPortable[T float](first, second, src []T) {
	for i := 0; i+1 < len(src); i += 2 {
		first[i/2], second[i/2] = src[i], src[i+1]
	}
	if n := len(src); n%2 == 1 {
		first[n/2] = src[n-1]
	}
}
