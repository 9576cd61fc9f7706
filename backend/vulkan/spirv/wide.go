package spirv

import "github.com/hekla-ml/hekla/dtype"

// Wide loads and stores move several elements that lie together by one
// instruction. The drivers that run on the CPU go through the lanes of each
// load one by one, whatever its width, and elements of fewer bits than a word
// need no atomics where whole words are stored.

// A wideKind is a vector type of memory: parts of 32 or 64 bits.
type wideKind struct {
	parts int
	long  bool
}

// bytes is the size of a part.
func (k wideKind) bytes() uint32 {
	if k.long {
		return 8
	}
	return 4
}

// kindOfChunk returns the type to move n words with, 1, 2, 4 or 8.
func kindOfChunk(n int, long bool) wideKind {
	if long && n >= 4 {
		return wideKind{n / 2, true}
	}
	return wideKind{n, false}
}

// chunk is how many words of n are moved at once, and how often.
func (m *Module) chunk(n int, long bool) (words, times int) {
	if m.near {
		return 1, n
	}
	words = 4
	if long {
		words = 8
	}
	for n%words != 0 {
		words /= 2
	}
	return words, n / words
}

// vectorOf returns the type of k and that of its parts.
func (m *Module) vectorOf(k wideKind) uint32 {
	if id := m.vectors[k]; id != 0 {
		return id
	}
	part := m.typeID(Word)
	if k.long {
		part = m.typeID(Long)
	}
	id := m.id()
	m.global(opTypeVector, id, part, uint32(k.parts))
	m.vectors[k] = id
	return id
}

// widePlace returns a pointer to vector i of a buffer.
func (m *Module) widePlace(buffer int, i Value, k wideKind) uint32 {
	vector := m.vectorOf(k)
	block := m.blocks[k]
	if block == 0 {
		array := m.id()
		block = m.id()
		m.blocks[k] = block
		m.global(opTypeRuntimeArray, array, vector)
		m.global(opTypeStruct, block, array)
		m.note(opDecorate, array, decArrayStride, uint32(k.parts)*k.bytes())
		m.note(opMemberDecorate, block, 0, decOffset, 0)
		m.note(opDecorate, block, decBlock)
	}
	if m.reaches(buffer) {
		return m.reached(buffer, i, block, vector)
	}
	key := wideBuffer{buffer, k}
	v := m.wides[key]
	if v == 0 {
		v = m.id()
		m.wides[key] = v
		m.global(opVariable, m.pointer(classStorageBuffer, block), v, classStorageBuffer)
		m.note(opDecorate, v, decDescriptorSet, 0)
		m.note(opDecorate, v, decBinding, uint32(buffer))
	}
	p := m.id()
	m.emit(opAccessChain, m.pointer(classStorageBuffer, vector), p, v, m.Word(0).id, i.id)
	return p
}

type wideBuffer struct {
	buffer int
	kind   wideKind
}

// LoadWide returns n words from word i*n of a buffer. With long it may use
// 64-bit integers.
func (m *Module) LoadWide(buffer int, i Value, n int, long bool) []Value {
	size, times := m.chunk(n, long)
	var words []Value
	for t := range times {
		at := i
		if times > 1 {
			at = i.Mul(m.Word(uint32(times))).Add(m.Word(uint32(t)))
		}
		if size == 1 {
			words = append(words, m.Load(buffer, at))
			continue
		}
		k := kindOfChunk(size, long)
		v := m.id()
		m.emit(opLoad, append([]uint32{m.vectorOf(k), v, m.widePlace(buffer, at, k)}, m.aligned(buffer, k.bytes(), k.parts)...)...)
		for p := range uint32(k.parts) {
			if !k.long {
				words = append(words, m.result(Word, opCompositeExtract, v, p))
				continue
			}
			both := m.id()
			m.emit(opBitcast, m.vectorOf(wideKind{2, false}), both, m.result(Long, opCompositeExtract, v, p).id)
			words = append(words, m.result(Word, opCompositeExtract, both, 0), m.result(Word, opCompositeExtract, both, 1))
		}
	}
	return words
}

// LoadLongs returns the four longs from long 4*i of a buffer.
func (m *Module) LoadLongs(buffer int, i Value) []Value {
	k := wideKind{4, true}
	v := m.id()
	m.emit(opLoad, append([]uint32{m.vectorOf(k), v, m.widePlace(buffer, i, k)}, m.aligned(buffer, k.bytes(), k.parts)...)...)
	l := make([]Value, k.parts)
	for p := range l {
		l[p] = m.result(Long, opCompositeExtract, v, uint32(p))
	}
	return l
}

// StoreLongs sets the four longs from long 4*i of a buffer.
func (m *Module) StoreLongs(buffer int, i Value, l []Value) {
	k := wideKind{4, true}
	v := m.id()
	m.emit(opCompositeConstruct, m.vectorOf(k), v, l[0].id, l[1].id, l[2].id, l[3].id)
	m.emit(opStore, append([]uint32{m.widePlace(buffer, i, k), v}, m.aligned(buffer, k.bytes(), k.parts)...)...)
}

// StoreWide sets words from word i*len(words) of a buffer.
func (m *Module) StoreWide(buffer int, i Value, words []Value, long bool) {
	size, times := m.chunk(len(words), long)
	for t := range times {
		at := i
		if times > 1 {
			at = i.Mul(m.Word(uint32(times))).Add(m.Word(uint32(t)))
		}
		part := words[t*size : (t+1)*size]
		if size == 1 {
			m.Store(buffer, at, part[0])
			continue
		}
		k := kindOfChunk(size, long)
		var ids []uint32
		for p := range k.parts {
			if !k.long {
				ids = append(ids, part[p].id)
				continue
			}
			both := m.id()
			m.emit(opCompositeConstruct, m.vectorOf(wideKind{2, false}), both, part[2*p].id, part[2*p+1].id)
			ids = append(ids, m.result(Long, opBitcast, both).id)
		}
		v := m.id()
		m.emit(opCompositeConstruct, append([]uint32{m.vectorOf(k), v}, ids...)...)
		m.emit(opStore, append([]uint32{m.widePlace(buffer, at, k), v}, m.aligned(buffer, k.bytes(), k.parts)...)...)
	}
}

// LoadElements returns n elements of d from element i of a buffer, a multiple
// of n, as LoadElement does. They must fill whole words.
func (m *Module) LoadElements(buffer int, i Value, n int, d dtype.DType, long bool) []Value {
	words := m.LoadWide(buffer, i.Div(m.Word(uint32(n))), n*d.Size()/4, long)
	out := make([]Value, n)
	for k := range out {
		switch size := d.Size(); size {
		case 8:
			out[k] = m.decode(d, words[2*k].Join(words[2*k+1]))
		case 4:
			out[k] = m.decode(d, words[k])
		default:
			out[k] = m.decode(d, words[k*size/4].Shr(m.Word(uint32(k*size%4*8))))
		}
	}
	return out
}

// StoreElements stores elements of d from element i of a buffer, a multiple of
// their number.
func (m *Module) StoreElements(buffer int, i Value, d dtype.DType, v []Value, long bool) {
	var words []Value
	size := d.Size()
	for k := range v {
		bits := m.encode(d, v[k])
		switch {
		case size == 8:
			low, high := bits.Split()
			words = append(words, low, high)
		case size == 4:
			words = append(words, bits)
		default:
			at := m.Word(uint32(k * size % 4 * 8))
			bits = bits.And(m.Word(1<<(8*size) - 1)).Shl(at)
			if k*size%4 == 0 {
				words = append(words, bits)
				continue
			}
			last := len(words) - 1
			words[last] = words[last].Or(bits)
		}
	}
	m.StoreWide(buffer, i.Div(m.Word(uint32(len(v)))), words, long)
}
