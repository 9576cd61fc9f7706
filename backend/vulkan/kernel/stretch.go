package kernel

import "github.com/hekla-ml/hekla/backend/vulkan/spirv"

// A stretch is elements of a row from one that a part begins with, and before it.
type stretch struct {
	from   int // of the first, less where the part begins
	values []spirv.Value
	inside []spirv.Value
}

func (s *stretch) at(k int) (v, inside spirv.Value) { return s.values[k-s.from], s.inside[k-s.from] }

// stretch reads elements from..to of a part of width of a row of n elements. Those
// that a wide load brings are the width of them.
func (l *slide) stretch(begin, part, n spirv.Value, width, from, to int, wide bool, one func(at spirv.Value) spirv.Value, all func(at spirv.Value) []spirv.Value) stretch {
	s := stretch{from: from}
	first := part.Mul(l.Word(uint32(width)))
	var loaded []spirv.Value
	in := first.Less(n)
	if wide {
		loaded = all(begin.Add(in.Select(first, l.Word(0))))
	}
	for k := from; k <= to; k++ {
		if wide && k >= 0 && k < width {
			s.values, s.inside = append(s.values, loaded[k]), append(s.inside, in)
			continue
		}
		x := first.Add(l.Word(uint32(k)))
		inside := x.Less(n)
		s.values = append(s.values, one(begin.Add(inside.Select(x, l.Word(0)))))
		s.inside = append(s.inside, inside)
	}
	return s
}

// floats reads elements of the first buffer.
func (l *slide) floats(begin, part, n spirv.Value, width, from, to int, wide bool) stretch {
	return l.stretch(begin, part, n, width, from, to, wide,
		func(at spirv.Value) spirv.Value { return l.Read(0, at, l.Type, l.kind, l.t) },
		func(at spirv.Value) []spirv.Value { return l.ReadWide(0, at, width, l.Type, l.kind, l.t, l.Long) })
}

// write stores elements of a part of a row of n.
func (l *slide) write(buffer int, begin, part, n spirv.Value, v []spirv.Value, wide bool) {
	first := part.Mul(l.Word(uint32(len(v))))
	if wide && len(v) > 1 {
		l.WriteWide(buffer, begin.Add(first), l.Type, v, l.kind, l.t, l.Long)
		return
	}
	for j := range v {
		at := first.Add(l.Word(uint32(j)))
		l.ifInside(j, at, n, func() { l.Write(buffer, begin.Add(at), l.Type, v[j], l.kind, l.t) })
	}
}

// ifInside runs f where element at, number j of a part, is one of n: the first is.
func (l *slide) ifInside(j int, at, n spirv.Value, f func()) {
	if j == 0 {
		f()
		return
	}
	l.If(at.Less(n), f)
}
