# Receivers, metrics and delivery.
redshank_test(test_exporters unit_threads
  unit/exporters/alert_test.cpp
  unit/exporters/answers_test.cpp
  unit/exporters/http_sender_test.cpp
  unit/exporters/incident_text_test.cpp
  unit/exporters/machine_limits_test.cpp
  unit/exporters/message_test.cpp
  unit/exporters/metrics_page_test.cpp
  unit/exporters/metrics_test.cpp
  unit/exporters/people_limits_test.cpp
  unit/exporters/receiver_files_test.cpp
  unit/exporters/siem_test.cpp
  unit/exporters/sinks_test.cpp
  unit/exporters/text_test.cpp)
redshank_test(test_receiver_contracts unit
  unit/exporters/contract_test.cpp)
redshank_test(test_http_server unit_threads
  unit/daemon/http_server_test.cpp
  unit/daemon/web_config_test.cpp)
redshank_test(test_delivery unit_threads
  unit/daemon/delivery_test.cpp
  unit/daemon/dispatcher_test.cpp
  unit/daemon/grouper_test.cpp
  unit/daemon/lone_critical_test.cpp
  unit/daemon/receiver_queue_test.cpp
  unit/daemon/silence_test.cpp)
redshank_script(documents unit tests/unit/exporters/documents_test.py)
redshank_script(metrics_docs unit tests/unit/exporters/metrics_docs_test.py)
redshank_script(receivers_mocks unit tests/unit/exporters/receivers_test.py)
