package spirv

import (
	"fmt"
	"math"
)

// A Type is the type of a Value. Integers have no sign: operations do.
type Type uint8

// The types. Long needs the device's shaderInt64, Double its shaderFloat64.
const (
	Bool   Type = iota
	Word        // 32-bit integer
	Float       // float32
	Long        // 64-bit integer
	Double      // float64
	types
)

func (t Type) String() string { return [...]string{"bool", "word", "float", "long", "double"}[t] }

// MaxPush is the number of parameters that travel as push constants, of which
// every device has room for 128 bytes. A kernel with more reads them all from
// a buffer, which is bound after its own ones; the one push constant is then
// the place in that buffer where they begin.
const MaxPush = 32

// A Module is one compute kernel in the making.
type Module struct {
	group   int // invocations in a workgroup
	buffers int
	params  int

	caps              map[uint32]bool
	decorate          []uint32 // annotations
	globals           []uint32 // types, constants, variables of the module
	locals            []uint32 // variables of the function
	body              []uint32
	next              uint32
	consts            map[[3]uint32]Value
	typeIDs           [types]uint32
	pointers          map[[2]uint32]uint32 // storage class and type
	words             []uint32             // the buffers' variables
	push              uint32
	inputs            []uint32 // built-in variables, part of the interface
	builtins          map[uint32]Value
	vector, pair, ext uint32 // made when first asked for
	vectors, blocks   map[wideKind]uint32
	wides             map[wideBuffer]uint32 // the buffers once more, as vectors
	bases             []Value               // the buffers' addresses, if they are reached by those
	baseAlign         uint32                // which are multiples of this, if it is more than an element
	first             int                   // the word of the push constants where those are
	near              bool                  // they are loaded where they are used
	array             uint32                // the type of a buffer of words
}

// New starts a kernel of workgroups of the given size that uses some buffers
// of 32-bit words, and some parameters.
func New(group, buffers, params int) *Module {
	m := &Module{
		group: group, buffers: buffers, params: params, next: 1,
		caps: map[uint32]bool{capShader: true}, consts: map[[3]uint32]Value{},
		pointers: map[[2]uint32]uint32{}, builtins: map[uint32]Value{},
		vectors: map[wideKind]uint32{}, blocks: map[wideKind]uint32{}, wides: map[wideBuffer]uint32{},
	}
	n := buffers
	if params > MaxPush {
		n++
	}
	word := m.typeID(Word)
	array, block := m.id(), m.id()
	m.array = block
	m.global(opTypeRuntimeArray, array, word)
	m.global(opTypeStruct, block, array)
	m.note(opDecorate, array, decArrayStride, 4)
	m.note(opMemberDecorate, block, 0, decOffset, 0)
	m.note(opDecorate, block, decBlock)
	pointer := m.pointer(classStorageBuffer, block)
	for i := range n {
		v := m.id()
		m.global(opVariable, pointer, v, classStorageBuffer)
		m.note(opDecorate, v, decDescriptorSet, 0)
		m.note(opDecorate, v, decBinding, uint32(i))
		m.words = append(m.words, v)
	}
	m.push = m.id()
	return m
}

// PushWords returns how many push constants a kernel with that many parameters
// has.
func PushWords(params int) int {
	if params > MaxPush {
		return 1
	}
	return params
}

// declarePush declares the push constants: words, then the addresses that Reach
// asks for.
func (m *Module) declarePush() {
	n := PushWords(m.params)
	if n == 0 {
		return
	}
	if m.first > 0 {
		n = m.first
	}
	block := m.id()
	members := []uint32{block}
	member := func(t Type, size, count, offset int) {
		array := m.id()
		m.global(opTypeArray, array, m.typeID(t), m.Word(uint32(count)).id)
		m.note(opDecorate, array, decArrayStride, uint32(size))
		m.note(opMemberDecorate, block, uint32(len(members)-1), decOffset, uint32(offset))
		members = append(members, array)
	}
	member(Word, 4, n, 0)
	if m.first > 0 {
		member(Long, 8, m.buffers, 4*n)
	}
	m.global(opTypeStruct, members...)
	m.note(opDecorate, block, decBlock)
	m.global(opVariable, m.pointer(classPushConstant, block), m.push, classPushConstant)
}

func (m *Module) id() uint32 {
	m.next++
	return m.next - 1
}

func instr(to []uint32, op uint32, args ...uint32) []uint32 {
	to = append(to, uint32(len(args)+1)<<16|op)
	return append(to, args...)
}

func (m *Module) global(op uint32, args ...uint32) { m.globals = instr(m.globals, op, args...) }
func (m *Module) note(op uint32, args ...uint32)   { m.decorate = instr(m.decorate, op, args...) }
func (m *Module) emit(op uint32, args ...uint32)   { m.body = instr(m.body, op, args...) }

// result emits an instruction that gives a value.
func (m *Module) result(t Type, op uint32, args ...uint32) Value {
	id := m.id()
	m.emit(op, append([]uint32{m.typeID(t), id}, args...)...)
	return Value{m, id, t}
}

func (m *Module) typeID(t Type) uint32 {
	if id := m.typeIDs[t]; id != 0 {
		return id
	}
	id := m.id()
	m.typeIDs[t] = id
	switch t {
	case Bool:
		m.global(opTypeBool, id)
	case Word:
		m.global(opTypeInt, id, 32, 0)
	case Float:
		m.global(opTypeFloat, id, 32)
	case Long:
		m.caps[capInt64] = true
		m.global(opTypeInt, id, 64, 0)
	case Double:
		m.caps[capFloat64] = true
		m.global(opTypeFloat, id, 64)
	}
	return id
}

func (m *Module) pointer(class, to uint32) uint32 {
	key := [2]uint32{class, to}
	if id := m.pointers[key]; id != 0 {
		return id
	}
	id := m.id()
	m.pointers[key] = id
	m.global(opTypePointer, id, class, to)
	return id
}

func (m *Module) constant(t Type, lo, hi uint32) Value {
	key := [3]uint32{uint32(t), lo, hi}
	if v, ok := m.consts[key]; ok {
		return v
	}
	v := Value{m, 0, t}
	id := m.typeID(t)
	v.id = m.id()
	switch {
	case t == Bool && lo != 0:
		m.global(opConstantTrue, id, v.id)
	case t == Bool:
		m.global(opConstantFalse, id, v.id)
	case t == Word || t == Float:
		m.global(opConstant, id, v.id, lo)
	default:
		m.global(opConstant, id, v.id, lo, hi)
	}
	m.consts[key] = v
	return v
}

// Word, Long, Float, Double and Bool return constants.

func (m *Module) Word(x uint32) Value   { return m.constant(Word, x, 0) }
func (m *Module) Long(x uint64) Value   { return m.constant(Long, uint32(x), uint32(x>>32)) }
func (m *Module) Float(x float32) Value { return m.constant(Float, math.Float32bits(x), 0) }
func (m *Module) Double(x float64) Value {
	b := math.Float64bits(x)
	return m.constant(Double, uint32(b), uint32(b>>32))
}
func (m *Module) Bool(x bool) Value {
	if x {
		return m.constant(Bool, 1, 0)
	}
	return m.constant(Bool, 0, 0)
}

// Int returns an integer constant of type t.
func (m *Module) Int(t Type, x int64) Value {
	if t == Long {
		return m.Long(uint64(x))
	}
	return m.Word(uint32(x))
}

// Real returns a float constant of type t, rounded to it.
func (m *Module) Real(t Type, x float64) Value {
	if t == Double {
		return m.Double(x)
	}
	return m.Float(float32(x))
}

// Words returns the module, complete. Nothing can be added then.
func (m *Module) Words() []uint32 {
	m.declarePush()
	void, fn, main, label := m.id(), m.id(), m.id(), m.id()
	ext := m.extension()
	out := []uint32{magic, version13, 0, m.next, 0}
	for _, c := range []uint32{capShader, capFloat64, capInt64, capReach} {
		if m.caps[c] {
			out = instr(out, opCapability, c)
		}
	}
	addresses := uint32(addressLogical)
	if m.caps[capReach] {
		addresses = addressReach
		out = instr(out, opExtension, text("SPV_KHR_physical_storage_buffer")...)
	}
	out = instr(out, opExtInstImport, append([]uint32{ext}, text("GLSL.std.450")...)...)
	out = instr(out, opMemoryModel, addresses, memoryGLSL450)
	entry := append([]uint32{modelGLCompute, main}, text("main")...)
	out = instr(out, opEntryPoint, append(entry, m.inputs...)...)
	out = instr(out, opExecutionMode, main, modeLocalSize, uint32(m.group), 1, 1)
	out = append(out, m.decorate...)
	out = append(out, m.globals...)
	out = instr(out, opTypeVoid, void)
	out = instr(out, opTypeFunction, fn, void)
	out = instr(out, opFunction, void, main, 0, fn)
	out = instr(out, opLabel, label)
	out = append(out, m.locals...)
	out = append(out, m.body...)
	out = instr(out, opReturn)
	out = instr(out, opFunctionEnd)
	return out
}

// text encodes a string as SPIR-V does: in words, with a 0 byte at the end.
func text(s string) []uint32 {
	out := make([]uint32, len(s)/4+1)
	for i := range len(s) {
		out[i/4] |= uint32(s[i]) << (i % 4 * 8)
	}
	return out
}

func (m *Module) want(t Type, v Value) {
	if v.t != t {
		panic(fmt.Sprintf("spirv: a %v where a %v is wanted", v.t, t))
	}
}
