package spirv

// Reach has the kernel find its buffers by their addresses, two words each from
// parameter first on, an even number, instead of by bindings. Mesa's software
// driver makes vector instructions of such loads and stores, but loops over lanes
// of others. It must come before all of them, outside of control flow, and the
// device must have 64-bit integers and buffers with addresses. Parameters must be
// few enough to be push constants.
//
// With near an address is loaded where it is used, and places are 32 bits from
// there, with a sign: then that driver's compiler sees one address and 8 numbers
// of 32 bits, and all its vectors have 256 bits. Otherwise the places are vectors
// of 512 bits, beside which the processor's other instructions are slower.
func (m *Module) Reach(first int, near bool) {
	if m.params > MaxPush {
		panic("spirv: addresses among parameters in a buffer")
	}
	if first%2 != 0 {
		panic("spirv: addresses begin at an odd word")
	}
	m.caps[capReach] = true
	m.first, m.near = first, near
	for k := range m.buffers {
		if near {
			m.bases = append(m.bases, Value{})
			continue
		}
		m.bases = append(m.bases, m.base(k))
	}
}

// base loads the address of a buffer.
func (m *Module) base(buffer int) Value {
	p := m.id()
	m.emit(opAccessChain, m.pointer(classPushConstant, m.typeID(Long)), p, m.push, m.Word(1).id, m.Word(uint32(buffer)).id)
	return m.result(Long, opLoad, p)
}

// nearby returns a pointer to word i of a buffer.
func (m *Module) nearby(buffer int, i Value) uint32 {
	base := m.base(buffer) // first: it ends a block, and compilers look no further back than that
	far := m.result(Long, opSConvert, i.Shl(m.Word(2)).id)
	p := m.id()
	m.emit(opConvertUToPtr, m.pointer(classReached, m.typeID(Word)), p, base.Add(far).id)
	return p
}

// ReachAt has a kernel that binds none of its buffers find them at addresses,
// longs that are multiples of 16, which may be other ones for each invocation. It
// must come before what is found so.
func (m *Module) ReachAt(addresses []Value) {
	if m.buffers > 0 {
		panic("spirv: addresses of buffers that are bound")
	}
	m.caps[capReach] = true
	m.bases, m.baseAlign = addresses, 16
}

// reaches reports whether a buffer is found by its address. The one of the
// parameters never is.
func (m *Module) reaches(buffer int) bool { return buffer < len(m.bases) }

// reached returns a pointer to element i of a buffer, which is taken for a block
// of such elements.
func (m *Module) reached(buffer int, i Value, block, element uint32) uint32 {
	base, p := m.id(), m.id()
	m.emit(opConvertUToPtr, m.pointer(classReached, block), base, m.bases[buffer].id)
	m.emit(opAccessChain, m.pointer(classReached, element), p, base, m.Word(0).id, i.id)
	return p
}

// aligned is what a load or store of some parts by address has to say: at what
// multiple of bytes the place is.
func (m *Module) aligned(buffer int, bytes uint32, parts int) []uint32 {
	if !m.reaches(buffer) {
		return nil
	}
	return []uint32{accessAligned, max(bytes, min(bytes*uint32(parts), m.baseAlign))}
}
