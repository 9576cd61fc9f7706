package spirv

import "fmt"

// Narrow returns a module of this package with pairs of words in place of its
// 64-bit integers, for devices that have none (shaderInt64): most phones, and
// SwiftShader. Results are the same bits.
func Narrow(words []uint32) []uint32 {
	n := &narrower{
		Module: &Module{next: words[3], consts: map[[3]uint32]Value{}, pointers: map[[2]uint32]uint32{}},
		pairs:  map[uint32]pair{}, types: map[uint32]uint32{},
	}
	var before, head []uint32 // up to the function, and its beginning
	to := &before
	wide := false
	for rest := words[5:]; len(rest) > 0; {
		size, op := rest[0]>>16, rest[0]&0xffff
		args := rest[1:size]
		rest = rest[size:]
		if op == opFunction {
			if !wide {
				return words
			}
			to = &head
		}
		switch {
		case op == opCapability && args[0] == capInt64:
			wide = true
			continue
		case to != &n.body && n.declare(op, args), to == &n.body && n.rewrite(op, args):
			continue
		case op == opVariable && to == &n.body:
			n.locals = instr(n.locals, op, args...)
			continue
		}
		*to = instr(*to, op, args...)
		if op == opLabel && to == &head {
			to = &n.body
		}
	}
	out := append([]uint32{words[0], words[1], words[2], n.next, words[4]}, before...)
	out = append(append(out, n.globals...), head...)
	return append(append(out, n.locals...), n.body...)
}

// A narrower is the module that Narrow makes.
type narrower struct {
	*Module
	pairs         map[uint32]pair // by the id of the long, or of a variable of them
	types         map[uint32]uint32
	long, pointer uint32 // ids that are declared no more
	two           uint32 // the type of a vector of two words
}

// declare notes what stands before the function, and reports whether it is
// to be dropped.
func (n *narrower) declare(op uint32, args []uint32) bool {
	switch op {
	case opExtInstImport:
		n.ext = args[0]
	case opTypeBool:
		n.typeIDs[Bool] = args[0]
	case opTypeInt:
		if args[1] == 64 {
			n.long = args[0]
			return true
		}
		n.typeIDs[Word] = args[0]
	case opTypeFloat:
		n.typeIDs[map[uint32]Type{32: Float, 64: Double}[args[1]]] = args[0]
	case opTypeVector:
		if args[2] == 2 {
			n.two = args[0]
		}
	case opTypeStruct:
		if len(args) == 3 {
			n.Module.pair = args[0]
		}
	case opTypePointer:
		if args[2] == n.long {
			n.Module.pointers[[2]uint32{args[1], n.long}], n.pointer = args[0], args[0]
			return true
		}
		n.Module.pointers[[2]uint32{args[1], args[2]}] = args[0]
	case opConstant:
		n.types[args[1]] = args[0]
		if args[0] == n.long {
			n.pairs[args[1]] = pair{n.Word(args[2]), n.Word(args[3])}
			return true
		}
	}
	return false
}

// rewrite emits an instruction of the function in other words, if it has to do
// with longs.
func (n *narrower) rewrite(op uint32, args []uint32) bool {
	switch op {
	case opStore:
		v, ok := n.pairs[args[1]]
		if ok {
			at := n.pairs[args[0]]
			n.emit(opStore, at.low.id, v.low.id)
			n.emit(opStore, at.high.id, v.high.id)
		}
		return ok
	case opLabel, opBranch, opBranchCond, opSelectionMerge, opLoopMerge, opReturn, opFunctionEnd, opControlBarrier:
		return false
	}
	t, id := args[0], args[1]
	n.types[id] = t
	if t == n.long && n.long != 0 || t == n.pointer && n.pointer != 0 {
		n.pairs[id] = n.make(op, args[2:])
		return true
	}
	if len(args) < 3 {
		return false
	}
	x, ok := n.pairs[args[2]]
	if !ok {
		return false
	}
	var r Value
	switch op {
	case opUConvert:
		r = x.low
	case opConvertSToF:
		r = x.toReal(n.typeOf(t))
	case opBitcast:
		v := n.id()
		n.emit(opCompositeConstruct, n.vector(), v, x.low.id, x.high.id)
		r = n.result(Double, opBitcast, v)
	default:
		r = x.compare(op, n.pairs[args[3]])
	}
	n.emit(opCopyObject, t, id, r.id)
	return true
}

// make emits what gives a long, or a variable of longs.
func (n *narrower) make(op uint32, args []uint32) pair {
	word := func(i int) Value { return Value{n.Module, args[i], Word} }
	switch op {
	case opVariable:
		t := n.Module.pointer(classFunction, n.typeIDs[Word])
		var at [2]Value
		for i := range at {
			at[i] = Value{n.Module, n.id(), Word}
			n.locals = instr(n.locals, op, t, at[i].id, classFunction)
		}
		return pair{at[0], at[1]}
	case opLoad:
		at := n.pairs[args[0]]
		return pair{n.result(Word, opLoad, at.low.id), n.result(Word, opLoad, at.high.id)}
	case opUConvert:
		return pair{word(0), n.Word(0)}
	case opConvertFToS:
		return n.truncate(Value{n.Module, args[0], n.typeOf(n.types[args[0]])})
	case opBitcast:
		v := n.id()
		n.emit(opBitcast, n.vector(), v, args[0])
		return pair{n.result(Word, opCompositeExtract, v, 0), n.result(Word, opCompositeExtract, v, 1)}
	case opSelect:
		c, x, y := Value{n.Module, args[0], Bool}, n.pairs[args[1]], n.pairs[args[2]]
		return x.or(c, y)
	case opShiftLeft, opShiftRight, opShiftRightSigned:
		return n.pairs[args[0]].shift(op, word(1))
	case opSNegate:
		return n.pairs[args[0]].neg()
	case opNot:
		x := n.pairs[args[0]]
		return pair{x.low.Not(), x.high.Not()}
	}
	return n.pairs[args[0]].binary(op, n.pairs[args[1]])
}

func (n *narrower) typeOf(id uint32) Type {
	for t, known := range n.typeIDs {
		if known == id {
			return Type(t)
		}
	}
	panic(fmt.Sprintf("spirv: no type is numbered %d", id))
}

func (n *narrower) vector() uint32 {
	if n.two == 0 {
		n.two = n.id()
		n.global(opTypeVector, n.two, n.typeID(Word), 2)
	}
	return n.two
}
