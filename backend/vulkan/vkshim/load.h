// The functions the shim calls, found at run time.
#ifndef HEKLA_LOAD_H
#define HEKLA_LOAD_H

#include "shim.h"

#define API11 ((1u << 22) | (1u << 12))
#define API12 ((1u << 22) | (2u << 12))

typedef void *(VKAPI *Proc)(Handle, const char *);

#define INSTANCE_FUNCTIONS(F) \
	F(EnumeratePhysicalDevices); F(GetPhysicalDeviceProperties); F(GetPhysicalDeviceProperties2); \
	F(GetPhysicalDeviceFeatures); F(GetPhysicalDeviceMemoryProperties); \
	F(GetPhysicalDeviceQueueFamilyProperties); F(CreateDevice); F(GetDeviceProcAddr);

struct Loader {
	Proc get, GetDeviceProcAddr;
	Handle instance;
	int (VKAPI *EnumeratePhysicalDevices)(Handle, uint32_t *, Handle *);
	void (VKAPI *GetPhysicalDeviceProperties)(Handle, Properties *);
	void (VKAPI *GetPhysicalDeviceProperties2)(Handle, Properties2 *);
	void (VKAPI *GetPhysicalDeviceFeatures)(Handle, uint32_t *);
	void (VKAPI *GetPhysicalDeviceMemoryProperties)(Handle, MemoryProperties *);
	void (VKAPI *GetPhysicalDeviceQueueFamilyProperties)(Handle, uint32_t *, QueueFamily *);
	int (VKAPI *CreateDevice)(Handle, const DeviceInfo *, const void *, Handle *);
};

#define DEVICE_FUNCTIONS(F) \
	F(DestroyDevice); F(GetDeviceQueue); F(DeviceWaitIdle); F(CreateBuffer); F(DestroyBuffer); \
	F(GetBufferMemoryRequirements); F(AllocateMemory); F(FreeMemory); F(BindBufferMemory); F(MapMemory); \
	F(CreateShaderModule); F(DestroyShaderModule); F(CreateDescriptorSetLayout); F(DestroyDescriptorSetLayout); \
	F(CreatePipelineLayout); F(DestroyPipelineLayout); F(CreateComputePipelines); F(DestroyPipeline); \
	F(CreateDescriptorPool); F(DestroyDescriptorPool); F(ResetDescriptorPool); F(AllocateDescriptorSets); \
	F(UpdateDescriptorSets); F(CreateCommandPool); F(DestroyCommandPool); F(ResetCommandPool); \
	F(AllocateCommandBuffers); F(BeginCommandBuffer); F(EndCommandBuffer); F(CmdBindPipeline); \
	F(CmdBindDescriptorSets); F(CmdPushConstants); F(CmdDispatch); F(CmdPipelineBarrier); F(CmdCopyBuffer); \
	F(CreateFence); F(DestroyFence); F(ResetFences); F(WaitForFences); F(QueueSubmit);

struct Device {
	Handle device, queue;
	uint32_t family;
	MemoryProperties memory;
	void (VKAPI *DestroyDevice)(Handle, const void *);
	void (VKAPI *GetDeviceQueue)(Handle, uint32_t, uint32_t, Handle *);
	int (VKAPI *DeviceWaitIdle)(Handle);
	int (VKAPI *CreateBuffer)(Handle, const BufferInfo *, const void *, Object *);
	void (VKAPI *DestroyBuffer)(Handle, Object, const void *);
	void (VKAPI *GetBufferMemoryRequirements)(Handle, Object, MemoryRequirements *);
	int (VKAPI *AllocateMemory)(Handle, const AllocateInfo *, const void *, Object *);
	void (VKAPI *FreeMemory)(Handle, Object, const void *);
	int (VKAPI *BindBufferMemory)(Handle, Object, Object, uint64_t);
	int (VKAPI *MapMemory)(Handle, Object, uint64_t, uint64_t, uint32_t, void **);
	int (VKAPI *CreateShaderModule)(Handle, const ShaderInfo *, const void *, Object *);
	void (VKAPI *DestroyShaderModule)(Handle, Object, const void *);
	int (VKAPI *CreateDescriptorSetLayout)(Handle, const SetLayoutInfo *, const void *, Object *);
	void (VKAPI *DestroyDescriptorSetLayout)(Handle, Object, const void *);
	int (VKAPI *CreatePipelineLayout)(Handle, const LayoutInfo *, const void *, Object *);
	void (VKAPI *DestroyPipelineLayout)(Handle, Object, const void *);
	int (VKAPI *CreateComputePipelines)(Handle, Object, uint32_t, const PipelineInfo *, const void *, Object *);
	void (VKAPI *DestroyPipeline)(Handle, Object, const void *);
	int (VKAPI *CreateDescriptorPool)(Handle, const DescriptorPoolInfo *, const void *, Object *);
	void (VKAPI *DestroyDescriptorPool)(Handle, Object, const void *);
	int (VKAPI *ResetDescriptorPool)(Handle, Object, uint32_t);
	int (VKAPI *AllocateDescriptorSets)(Handle, const SetAllocateInfo *, Object *);
	void (VKAPI *UpdateDescriptorSets)(Handle, uint32_t, const WriteSet *, uint32_t, const void *);
	int (VKAPI *CreateCommandPool)(Handle, const CommandPoolInfo *, const void *, Object *);
	void (VKAPI *DestroyCommandPool)(Handle, Object, const void *);
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
};

#endif
