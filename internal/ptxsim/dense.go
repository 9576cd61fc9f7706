package ptxsim

import (
	"math"

	"github.com/hekla-ml/hekla/dtype"
)

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
	"divf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = w32(f32(x[i]) / f32(y[i]))
		}
	},
	"divu32": func(d, x, y []uint64) {
		for i := range d {
			checkDivisor(uint64(uint32(y[i])))
			d[i] = uint64(uint32(x[i]) / uint32(y[i]))
		}
	},
	"remu32": func(d, x, y []uint64) {
		for i := range d {
			checkDivisor(uint64(uint32(y[i])))
			d[i] = uint64(uint32(x[i]) % uint32(y[i]))
		}
	},
	"divu64": func(d, x, y []uint64) {
		for i := range d {
			checkDivisor(y[i])
			d[i] = x[i] / y[i]
		}
	},
	"remu64": func(d, x, y []uint64) {
		for i := range d {
			checkDivisor(y[i])
			d[i] = x[i] % y[i]
		}
	},
	"minu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = min(x[i], y[i])
		}
	},
	"maxu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = max(x[i], y[i])
		}
	},
	"mins32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(min(int32(x[i]), int32(y[i]))))
		}
	},
	"maxs32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(max(int32(x[i]), int32(y[i]))))
		}
	},
	"shru32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(x[i]) >> uint32(y[i]))
		}
	},
	"shru64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = x[i] >> uint32(y[i])
		}
	},
	"shrs32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = uint64(uint32(int32(x[i]) >> min(uint32(y[i]), 31)))
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

func loopF32OfF64(d, x []uint64) {
	for i := range d {
		d[i] = w32(float32(f64(x[i])))
	}
}

// loops1 are of instructions with one operand.
var loops1 = map[string]loop1{
	"negf32": func(d, x []uint64) {
		for i := range d {
			d[i] = x[i] ^ 1<<31
		}
	},
	"absf32": func(d, x []uint64) {
		for i := range d {
			d[i] = x[i] &^ (1 << 31)
		}
	},
	"rcpf32": func(d, x []uint64) {
		for i := range d {
			d[i] = w32(1 / f32(x[i]))
		}
	},
	"notpred": func(d, x []uint64) {
		for i := range d {
			d[i] = x[i] ^ 1
		}
	},
	"notb32": func(d, x []uint64) {
		for i := range d {
			d[i] = uint64(^uint32(x[i]))
		}
	},
}

// loopFMA32 is dtype.FMA32, without a call where rounding twice is harmless. A sum of
// zero, of which padded tiles have many, is exact.
func loopFMA32(d, x, y, z []uint64) {
	for i := range d {
		s := float64(f32(x[i]))*float64(f32(y[i])) + float64(f32(z[i]))
		if b := math.Float64bits(s); b&(1<<29-1) != 1<<28 && b<<1 >= (1023-126)<<53 || s == 0 {
			d[i] = w32(float32(s))
		} else {
			d[i] = w32(dtype.FMA32(f32(x[i]), f32(y[i]), f32(z[i])))
		}
	}
}

func loopFMA64(d, x, y, z []uint64) {
	for i := range d {
		d[i] = w64(math.FMA(f64(x[i]), f64(y[i]), f64(z[i])))
	}
}

func loopMadWideU32(d, x, y, z []uint64) {
	for i := range d {
		d[i] = uint64(uint32(x[i]))*uint64(uint32(y[i])) + z[i]
	}
}

func loopMadWideS32(d, x, y, z []uint64) {
	for i := range d {
		d[i] = uint64(s32(x[i])*s32(y[i])) + z[i]
	}
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
