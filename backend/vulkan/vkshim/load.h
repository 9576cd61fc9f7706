// The functions the shim calls, found at run time.
#ifndef HEKLA_LOAD_H
#define HEKLA_LOAD_H

#include "shim.h"

#define API11 ((1u << 22) | (1u << 12))
#define API12 ((1u << 22) | (2u << 12))
#define API13 ((1u << 22) | (3u << 12))

typedef void *(VKAPI *Proc)(Handle, const char *);

#define INSTANCE_FUNCTIONS(F) \
	F(EnumerateDeviceExtensionProperties); F(GetPhysicalDeviceProperties); F(GetPhysicalDeviceProperties2); \
	F(GetPhysicalDeviceFeatures2); F(GetPhysicalDeviceMemoryProperties); F(GetPhysicalDeviceMemoryProperties2); \
	F(GetPhysicalDeviceQueueFamilyProperties); F(GetDeviceProcAddr);

struct Loader {
	Proc get, GetDeviceProcAddr;
	int (VKAPI *EnumerateDeviceExtensionProperties)(Handle, const char *, uint32_t *, ExtensionProperties *);
	void (VKAPI *GetPhysicalDeviceProperties)(Handle, Properties *);
	void (VKAPI *GetPhysicalDeviceProperties2)(Handle, Properties2 *);
	void (VKAPI *GetPhysicalDeviceFeatures2)(Handle, Features2 *);
	void (VKAPI *GetPhysicalDeviceMemoryProperties)(Handle, MemoryProperties *);
	void (VKAPI *GetPhysicalDeviceMemoryProperties2)(Handle, MemoryProperties2 *);
	void (VKAPI *GetPhysicalDeviceQueueFamilyProperties)(Handle, uint32_t *, QueueFamily *);
	int (VKAPI *GetFragments)(Handle, uint32_t *, FragmentProperties *); // may be NULL
};

#define DEVICE_FUNCTIONS(F) \
	F(CreateComputePipelines); F(CreateDescriptorPool); F(DestroyDescriptorPool); F(ResetDescriptorPool); \
	F(AllocateDescriptorSets); F(UpdateDescriptorSets); F(CreateCommandPool); F(DestroyCommandPool); \
	F(ResetCommandPool); F(AllocateCommandBuffers); F(BeginCommandBuffer); F(EndCommandBuffer); \
	F(CmdBindPipeline); F(CmdBindDescriptorSets); F(CmdPushConstants); F(CmdDispatch); F(CmdPipelineBarrier); \
	F(CmdCopyBuffer); F(CreateFence); F(DestroyFence); F(ResetFences); F(WaitForFences); F(QueueSubmit); \
	F(CreateSemaphore); F(DestroySemaphore); F(CreateQueryPool); F(DestroyQueryPool); F(GetQueryPoolResults); \
	F(CmdResetQueryPool); F(CmdWriteTimestamp);

struct Device {
	Handle device, queue;
	uint32_t family;
	MemoryProperties memory;
	Object timeline; // its value is the number of the last batch that ended, or 0 for none
	int (VKAPI *CreateComputePipelines)(Handle, Object, uint32_t, const PipelineInfo *, const void *, Object *);
	int (VKAPI *CreateDescriptorPool)(Handle, const DescriptorPoolInfo *, const void *, Object *);
	void (VKAPI *DestroyDescriptorPool)(Handle, Object, const void *);
	int (VKAPI *ResetDescriptorPool)(Handle, Object, uint32_t);
	int (VKAPI *AllocateDescriptorSets)(Handle, const SetAllocateInfo *, Object *);
	void (VKAPI *UpdateDescriptorSets)(Handle, uint32_t, const WriteSet *, uint32_t, const void *);
	int (VKAPI *CreateCommandPool)(Handle, const CommandPoolInfo *, const AllocationCallbacks *, Object *);
	void (VKAPI *DestroyCommandPool)(Handle, Object, const AllocationCallbacks *);
	int (VKAPI *ResetCommandPool)(Handle, Object, uint32_t);
	int (VKAPI *AllocateCommandBuffers)(Handle, const CommandAllocateInfo *, Handle *);
	int (VKAPI *BeginCommandBuffer)(Handle, const BeginInfo *);
	int (VKAPI *EndCommandBuffer)(Handle);
	void (VKAPI *CmdBindPipeline)(Handle, uint32_t, Object);
	void (VKAPI *CmdBindDescriptorSets)(Handle, uint32_t, Object, uint32_t, uint32_t, const Object *, uint32_t, const uint32_t *);
	void (VKAPI *CmdPushConstants)(Handle, Object, uint32_t, uint32_t, uint32_t, const void *);
	void (VKAPI *CmdDispatch)(Handle, uint32_t, uint32_t, uint32_t);
	void (VKAPI *CmdPipelineBarrier)(Handle, uint32_t, uint32_t, uint32_t, uint32_t, const MemoryBarrier *, uint32_t, const void *, uint32_t, const void *);
	void (VKAPI *CmdCopyBuffer)(Handle, Object, Object, uint32_t, const CopyRegion *);
	int (VKAPI *CreateFence)(Handle, const FenceInfo *, const void *, Object *);
	void (VKAPI *DestroyFence)(Handle, Object, const void *);
	int (VKAPI *ResetFences)(Handle, uint32_t, const Object *);
	int (VKAPI *WaitForFences)(Handle, uint32_t, const Object *, uint32_t, uint64_t);
	int (VKAPI *QueueSubmit)(Handle, uint32_t, const SubmitInfo *, Object);
	int (VKAPI *CreateSemaphore)(Handle, const FenceInfo *, const void *, Object *);
	void (VKAPI *DestroySemaphore)(Handle, Object, const void *);
	int (VKAPI *CreateQueryPool)(Handle, const QueryPoolInfo *, const void *, Object *);
	void (VKAPI *DestroyQueryPool)(Handle, Object, const void *);
	int (VKAPI *GetQueryPoolResults)(Handle, Object, uint32_t, uint32_t, size_t, void *, uint64_t, uint32_t);
	void (VKAPI *CmdResetQueryPool)(Handle, Object, uint32_t, uint32_t);
	void (VKAPI *CmdWriteTimestamp)(Handle, uint32_t, Object, uint32_t);
	// Of timeline semaphores, device faults and addresses, where there are any.
	uint64_t (VKAPI *GetBufferDeviceAddress)(Handle, const AddressInfo *);
	int (VKAPI *WaitSemaphores)(Handle, const WaitInfo *, uint64_t);
	int (VKAPI *GetSemaphoreCounterValue)(Handle, Object, uint64_t *);
	int (VKAPI *GetDeviceFaultInfoEXT)(Handle, FaultCounts *, FaultInfo *);
};

#endif
