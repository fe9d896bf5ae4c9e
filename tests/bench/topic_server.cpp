// Brokers on loopback with a topic "audit": each file of a folder is the log of a cluster, in a partition of
// its own. Prints its address once all is there, and ends with its input.
//   topic_server FOLDER
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tests/support/mock_kafka.h"

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "topic_server FOLDER\n";
        return 2;
    }
    std::vector<std::filesystem::path> logs;
    for (const auto& file : std::filesystem::directory_iterator(arguments[1])) logs.push_back(file.path());
    std::sort(logs.begin(), logs.end());
    redshank::test::MockKafka brokers;
    brokers.make_topic("audit", static_cast<int>(logs.size()));
    for (size_t i = 0; i < logs.size(); ++i) {
        std::ifstream log(logs[i]);
        for (std::string line; std::getline(log, line);)
            brokers.put("audit", static_cast<int>(i), logs[i].stem(), line);
        brokers.flush();
    }
    std::cout << brokers.address() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
    }
    return 0;
}
