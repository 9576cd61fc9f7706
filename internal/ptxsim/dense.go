package ptxsim

// Most instructions are executed by threads that are neighbours: then what they read
// and write are parts of columns, and a loop over those is all there is to do. Here
// are the loops of the commonest instructions; others call a function for each
// thread.

// span returns the range of lanes, if they are neighbours. Lanes are in order.
func span(lanes []int32) (lo, hi int32, ok bool) {
	lo, hi = lanes[0], lanes[len(lanes)-1]+1
	return lo, hi, int(hi-lo) == len(lanes)
}

type (
	loop1 func(d, x []uint64)
	loop2 func(d, x, y []uint64)
	loop3 func(d, x, y, z []uint64)
)

func loopMov(d, x []uint64) { copy(d, x) }

func loopMov32(d, x []uint64) {
	for i := range d {
		d[i] = uint64(uint32(x[i]))
	}
}

func loopS64OfS32(d, x []uint64) {
	for i := range d {
		d[i] = uint64(int64(int32(x[i])))
	}
}

func loopF64OfF32(d, x []uint64) {
	for i := range d {
		d[i] = w64(float64(f32(x[i])))
	}
}

// loops of instructions with two operands, by name and type.
var loops2 = map[string]loop2{
	"add32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(x[i]) + uint32(y[i]))
		}
	},
	"add64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] + y[i]
		}
	},
	"sub32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(x[i]) - uint32(y[i]))
		}
	},
	"sub64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] - y[i]
		}
	},
	"mullo32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(x[i]) * uint32(y[i]))
		}
	},
	"mullo64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] * y[i]
		}
	},
	"mulwideu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(x[i])) * uint64(uint32(y[i]))
		}
	},
	"mulwides32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(s32(x[i]) * s32(y[i]))
		}
	},
	"and": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] & y[i]
		}
	},
	"or": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] | y[i]
		}
	},
	"xor": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] ^ y[i]
		}
	},
	"shl32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(x[i]) << uint32(y[i]))
		}
	},
	"shl64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] << uint32(y[i])
		}
	},
	"addf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = w32(f32(x[i]) + f32(y[i]))
		}
	},
	"subf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = w32(f32(x[i]) - f32(y[i]))
		}
	},
	"mulf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = w32(f32(x[i]) * f32(y[i]))
		}
	},
	"addf64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = w64(f64(x[i]) + f64(y[i]))
		}
	},
	"mulf64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = w64(f64(x[i]) * f64(y[i]))
		}
	},
}

// compares are the loops of setp between integers.
var compares = map[string]loop2{
	"eq32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) == uint32(y[i]))
		}
	},
	"ne32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) != uint32(y[i]))
		}
	},
	"eq64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] == y[i])
		}
	},
	"ne64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] != y[i])
		}
	},
	"ltu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] < y[i])
		}
	},
	"geu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] >= y[i])
		}
	},
	"lts64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int64(x[i]) < int64(y[i]))
		}
	},
	"ges64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int64(x[i]) >= int64(y[i]))
		}
	},
	"ltu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) < uint32(y[i]))
		}
	},
	"geu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) >= uint32(y[i]))
		}
	},
	"lts32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int32(x[i]) < int32(y[i]))
		}
	},
	"ges32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int32(x[i]) >= int32(y[i]))
		}
	},
	"gts32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int32(x[i]) > int32(y[i]))
		}
	},
	"gtu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) > uint32(y[i]))
		}
	},
}

func loopMadLo32(d, x, y, z []uint64) {
	for i := range d {
		d[i] = uint64(uint32(x[i])*uint32(y[i]) + uint32(z[i]))
	}
}

func loopMadLo64(d, x, y, z []uint64) {
	for i := range d {
		d[i] = x[i]*y[i] + z[i]
	}
}

func loopSelect64(d, x, y, p []uint64) {
	for i := range d {
		if p[i] != 0 {
			d[i] = x[i]
		} else {
			d[i] = y[i]
		}
	}
}

func loopSelect32(d, x, y, p []uint64) {
	for i := range d {
		if p[i] != 0 {
			d[i] = uint64(uint32(x[i]))
		} else {
			d[i] = uint64(uint32(y[i]))
		}
	}
}
