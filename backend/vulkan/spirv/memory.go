package spirv

// Param returns parameter number i, a word.
func (m *Module) Param(i int) Value {
	if i < 0 || i >= m.params {
		panic("spirv: no such parameter")
	}
	if m.params <= MaxPush {
		return m.pushWord(i)
	}
	return m.ParamAt(m.Word(uint32(i)))
}

// ParamAt returns the parameter of a number that only the kernel knows, which may
// be higher than those it was started with. There must be more of these than fit
// push constants.
func (m *Module) ParamAt(i Value) Value {
	if m.params <= MaxPush {
		panic("spirv: push constants have known numbers")
	}
	p := m.id()
	m.emit(opAccessChain, m.pointer(classStorageBuffer, m.typeID(Word)), p, m.words[m.buffers], m.Word(0).id, m.pushWord(0).Add(i).id)
	return m.result(Word, opLoad, p)
}

func (m *Module) pushWord(i int) Value {
	p := m.id()
	m.emit(opAccessChain, m.pointer(classPushConstant, m.typeID(Word)), p, m.push, m.Word(0).id, m.Word(uint32(i)).id)
	return m.result(Word, opLoad, p)
}

// place returns a pointer to word i of a buffer.
func (m *Module) place(buffer int, i Value) uint32 {
	m.want(Word, i)
	switch {
	case m.near:
		return m.nearby(buffer, i)
	case m.reaches(buffer):
		return m.reached(buffer, i, m.array, m.typeID(Word))
	}
	p := m.id()
	m.emit(opAccessChain, m.pointer(classStorageBuffer, m.typeID(Word)), p, m.words[buffer], m.Word(0).id, i.id)
	return p
}

// Load returns word i of a buffer.
func (m *Module) Load(buffer int, i Value) Value {
	return m.result(Word, opLoad, append([]uint32{m.place(buffer, i)}, m.aligned(buffer, 4, 1)...)...)
}

// Store sets word i of a buffer.
func (m *Module) Store(buffer int, i, word Value) {
	m.want(Word, word)
	m.emit(opStore, append([]uint32{m.place(buffer, i), word.id}, m.aligned(buffer, 4, 1)...)...)
}

// StoreBits sets the n bits from bit at of word i, and leaves the others, which
// other invocations may set at the same time, alone. No two may set the same
// bits.
func (m *Module) StoreBits(buffer int, i, at, bits Value, n uint32) {
	p := m.place(buffer, i)
	device, none := m.Word(scopeDevice).id, m.Word(semanticsNone).id
	old := m.result(Word, opAtomicLoad, p, device, none)
	mask := m.Word(1<<n - 1)
	change := old.Shr(at).Xor(bits).And(mask).Shl(at)
	m.result(Word, opAtomicXor, p, device, none, change.id)
}

// Invocation returns the number of this invocation in its row of the grid,
// along the first axis.
func (m *Module) Invocation() Value { return m.builtin(builtInGlobalInvocationID, 0) }

// Local returns the number of this invocation in its workgroup.
func (m *Module) Local() Value { return m.builtin(builtInLocalInvocationID, 0) }

// Group returns the number of this workgroup along an axis of the grid, 0 to 2.
func (m *Module) Group(axis int) Value { return m.builtin(builtInWorkgroupID, axis) }

// builtin returns a component of a built-in vector. It is loaded where it is
// asked for, since a value made in a branch is not known outside.
func (m *Module) builtin(number uint32, axis int) Value {
	vector := m.vectorType()
	v, ok := m.builtins[number]
	if !ok {
		v = Value{m, m.id(), Word}
		m.global(opVariable, m.pointer(classInput, vector), v.id, classInput)
		m.note(opDecorate, v.id, decBuiltIn, number)
		m.inputs = append(m.inputs, v.id)
		m.builtins[number] = v
	}
	all := m.id()
	m.emit(opLoad, vector, all, v.id)
	return m.result(Word, opCompositeExtract, all, uint32(axis))
}

// vectorType returns the type of three words.
func (m *Module) vectorType() uint32 {
	if m.vector == 0 {
		m.vector = m.id()
		m.global(opTypeVector, m.vector, m.typeID(Word), 3)
	}
	return m.vector
}

// pairType returns the type of two words, which some instructions give.
func (m *Module) pairType() uint32 {
	if m.pair == 0 {
		m.pair = m.id()
		m.global(opTypeStruct, m.pair, m.typeID(Word), m.typeID(Word))
	}
	return m.pair
}

// extension returns the set of instructions of GLSL.
func (m *Module) extension() uint32 {
	if m.ext == 0 {
		m.ext = m.id()
	}
	return m.ext
}
