package spirv

// Numbers from the SPIR-V specification, those in use.
const (
	magic     = 0x07230203
	version13 = 0x00010300 // SPIR-V 1.3: Vulkan 1.1

	capShader  = 1
	capFloat64 = 10
	capInt64   = 11
	capReach   = 5347 // PhysicalStorageBufferAddresses

	addressLogical = 0
	addressReach   = 5348 // PhysicalStorageBuffer64
	memoryGLSL450  = 1
	accessAligned  = 2

	modelGLCompute = 5
	modeLocalSize  = 17

	classInput         = 1
	classWorkgroup     = 4
	classFunction      = 7
	classPushConstant  = 9
	classStorageBuffer = 12
	classReached       = 5349 // PhysicalStorageBuffer

	decBlock         = 2
	decArrayStride   = 6
	decBuiltIn       = 11
	decBinding       = 33
	decDescriptorSet = 34
	decOffset        = 35
	decNoContraction = 42

	builtInWorkgroupID        = 26
	builtInLocalInvocationID  = 27
	builtInGlobalInvocationID = 28

	scopeDevice    = 1
	scopeWorkgroup = 2
	semanticsNone  = 0

	opExtension          = 10
	opExtInstImport      = 11
	opExtInst            = 12
	opMemoryModel        = 14
	opEntryPoint         = 15
	opExecutionMode      = 16
	opCapability         = 17
	opTypeVoid           = 19
	opTypeBool           = 20
	opTypeInt            = 21
	opTypeFloat          = 22
	opTypeVector         = 23
	opTypeArray          = 28
	opTypeRuntimeArray   = 29
	opTypeStruct         = 30
	opTypePointer        = 32
	opTypeFunction       = 33
	opConstantTrue       = 41
	opConstantFalse      = 42
	opConstant           = 43
	opFunction           = 54
	opFunctionEnd        = 56
	opVariable           = 59
	opLoad               = 61
	opStore              = 62
	opAccessChain        = 65
	opDecorate           = 71
	opMemberDecorate     = 72
	opCompositeConstruct = 80
	opCompositeExtract   = 81
	opCopyObject         = 83
	opConvertFToU        = 109
	opConvertFToS        = 110
	opConvertSToF        = 111
	opConvertUToF        = 112
	opUConvert           = 113
	opSConvert           = 114
	opFConvert           = 115
	opConvertUToPtr      = 120
	opBitcast            = 124
	opSNegate            = 126
	opFNegate            = 127
	opIAdd               = 128
	opFAdd               = 129
	opISub               = 130
	opFSub               = 131
	opIMul               = 132
	opFMul               = 133
	opUDiv               = 134
	opSDiv               = 135
	opFDiv               = 136
	opUMod               = 137
	opUMulExtended       = 151
	opLogicalEqual       = 164
	opLogicalNotEqual    = 165
	opLogicalOr          = 166
	opLogicalAnd         = 167
	opLogicalNot         = 168
	opSelect             = 169
	opIEqual             = 170
	opINotEqual          = 171
	opUGreaterThan       = 172
	opUGreaterEqual      = 174
	opULessThan          = 176
	opSLessThan          = 177
	opULessEqual         = 178
	opSLessEqual         = 179
	opFOrdEqual          = 180
	opFUnordNotEqual     = 183
	opFOrdLessThan       = 184
	opFOrdLessEqual      = 188
	opShiftRight         = 194
	opShiftRightSigned   = 195
	opShiftLeft          = 196
	opBitwiseOr          = 197
	opBitwiseXor         = 198
	opBitwiseAnd         = 199
	opNot                = 200
	opControlBarrier     = 224
	opAtomicLoad         = 227
	opAtomicXor          = 242
	opLoopMerge          = 246
	opSelectionMerge     = 247
	opLabel              = 248
	opBranch             = 249
	opBranchCond         = 250
	opReturn             = 253

	extRoundEven = 2
	extTrunc     = 3
	extFAbs      = 4
	extFloor     = 8
	extCeil      = 9
	extSqrt      = 31
	extFma       = 50
	extFindUMsb  = 75
)
