"""imbalanced-learn's samplers with the same results in less time.

Each class here is a subclass of imbalanced-learn's own, takes the same parameters and gives the same rows;
its docstring says where that could fail. `Sampler.fast` names it, and `samplers.build_sampler` builds it.
"""
