#pragma once
#include "CLinuxFiles.h"
#include "CLinuxProcess.h"
