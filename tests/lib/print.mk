# `make -f Makefile -f tests/lib/print.mk print-TESTS`: a variable's value.
print-%:
	@echo $($*)
