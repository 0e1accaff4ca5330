"""Engines that write a reason: small, llama.cpp, HTTP, torch, omni; retry, batching and grammar around them."""
