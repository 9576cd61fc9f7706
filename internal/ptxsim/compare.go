package ptxsim

// compares are the loops of setp, by comparison and type.
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
	"ltu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) < uint32(y[i]))
		}
	},
	"leu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) <= uint32(y[i]))
		}
	},
	"gtu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) > uint32(y[i]))
		}
	},
	"geu32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(uint32(x[i]) >= uint32(y[i]))
		}
	},
	"ltu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] < y[i])
		}
	},
	"leu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] <= y[i])
		}
	},
	"gtu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] > y[i])
		}
	},
	"geu64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(x[i] >= y[i])
		}
	},
	"lts32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int32(x[i]) < int32(y[i]))
		}
	},
	"les32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int32(x[i]) <= int32(y[i]))
		}
	},
	"gts32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int32(x[i]) > int32(y[i]))
		}
	},
	"ges32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int32(x[i]) >= int32(y[i]))
		}
	},
	"lts64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int64(x[i]) < int64(y[i]))
		}
	},
	"les64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int64(x[i]) <= int64(y[i]))
		}
	},
	"gts64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int64(x[i]) > int64(y[i]))
		}
	},
	"ges64": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(int64(x[i]) >= int64(y[i]))
		}
	},
	"eqf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) == f32(y[i]))
		}
	},
	"ltf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) < f32(y[i]))
		}
	},
	"lef32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) <= f32(y[i]))
		}
	},
	"gtf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) > f32(y[i]))
		}
	},
	"gef32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) >= f32(y[i]))
		}
	},
	"neuf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) != f32(y[i]))
		}
	},
	"ltuf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(!(f32(x[i]) >= f32(y[i])))
		}
	},
	"leuf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(!(f32(x[i]) > f32(y[i])))
		}
	},
	"gtuf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(!(f32(x[i]) <= f32(y[i])))
		}
	},
	"geuf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(!(f32(x[i]) < f32(y[i])))
		}
	},
	"nanf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) != f32(x[i]) || f32(y[i]) != f32(y[i]))
		}
	},
	"numf32": func(d, x, y []uint64) {
		for i := range d {
			d[i] = bit(f32(x[i]) == f32(x[i]) && f32(y[i]) == f32(y[i]))
		}
	},
}
