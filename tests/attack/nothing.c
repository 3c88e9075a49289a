/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that makes one system call, exit_group, so that a filter can be told exactly what
 * the runtime needs (H4). Where its assembly is not known here it is an ordinary program.
 */
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %edi,%edi\n\tmov $231,%eax\n\tsyscall\n\thlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x0,#0\n\tmov x8,#94\n\tsvc 0\n");
#else
int main(void)
{
	return 0;
}
#endif
