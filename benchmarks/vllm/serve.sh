#!/bin/sh
# serve.sh VENV MODELS KIND PORT: serve one of the tiny models in the foreground.
#
# KIND is chat (hermes tool calls), llama (llama3_json tool calls), qwen (qwen3_coder tool calls),
# reason (deepseek_r1), reason-qwen3, embed, embed-decoder (a chat model) or rerank. The API key is
# test-key.
set -eu
venv=$1 models=$2 kind=$3 port=$4
export VLLM_CPU_KVCACHE_SPACE=1 VLLM_CPU_OMP_THREADS_BIND=nobind OMP_NUM_THREADS=1
export HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1
llama=meta-llama/Llama-3.3-70B-Instruct
chat="--max-model-len 2048 --enable-auto-tool-choice --tool-call-parser"
case $kind in
chat) set -- "$models/chat" --served-model-name "$llama" $chat hermes ;;
llama)
    set -- "$models/chat" --served-model-name "$llama" $chat llama3_json \
        --default-chat-template-kwargs '{"style": "llama"}'
    ;;
qwen) set -- "$models/chat" --served-model-name "$llama" $chat qwen3_coder ;;
reason | reason-qwen3)
    case $kind in *qwen3) parser=qwen3 ;; *) parser=deepseek_r1 ;; esac
    set -- "$models/chat" --served-model-name openai/gpt-oss-120b $chat hermes \
        --reasoning-parser $parser --default-chat-template-kwargs '{"enable_thinking": true}'
    ;;
embed) set -- "$models/bert" --served-model-name BAAI/bge-m3 --runner pooling --convert embed ;;
embed-decoder)
    set -- "$models/chat" --served-model-name Qwen/Qwen3-VL-Embedding-8B --max-model-len 2048 \
        --runner pooling --convert embed
    ;;
rerank) set -- "$models/rerank" --served-model-name Qwen/Qwen3-VL-Reranker-8B --runner pooling ;;
esac
exec "$venv/bin/vllm" serve "$@" --host 127.0.0.1 --port "$port" --enforce-eager \
    --dtype float32 --max-num-seqs 8 --api-key test-key
